"""Where files stand that several rules look at."""

from __future__ import annotations

# By their names; a test of one is none.
DOCKERFILES = (
    "dockerfile", "*/dockerfile", "dockerfile[.-]*", "*/dockerfile[.-]*", "*.dockerfile",
    "containerfile", "*/containerfile",
)  # fmt: skip
PIPELINES = (
    ".gitlab-ci.y*ml", "azure-pipelines*.y*ml", ".azure/*.y*ml", ".azure-pipelines/*.y*ml",
    ".circleci/*.y*ml", "jenkinsfile", ".travis.y*ml", "bitbucket-pipelines.yml", ".drone.y*ml",
    ".woodpecker/*.y*ml", ".woodpecker.y*ml", ".buildkite/*.y*ml", "appveyor.yml", ".appveyor.yml",
    ".cirrus.y*ml", ".forgejo/workflows/*.y*ml", ".gitea/workflows/*.y*ml", "cloudbuild.y*ml",
    "buildspec*.y*ml",
)  # fmt: skip
