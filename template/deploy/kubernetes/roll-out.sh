#!/bin/sh
# Bring an image to the cluster, ask it something, and go back when it does not answer.
#     sh deploy/kubernetes/roll-out.sh IMAGE JOBS_IMAGE
set -eu
image=$1 jobs=$2
ours() { kubectl --namespace acme-project "$@"; }

kubectl kustomize "$(dirname "$0")" |
    sed -e "s|image: acme-project\$|image: $image|" -e "s|image: acme-project-jobs\$|image: $jobs|" |
    kubectl apply --filename -
if ours rollout status deployment/acme-project --timeout=5m &&
    ours exec deployment/acme-project --container serve -- acme-project ask --wait 30; then
    echo "$image is rolled out"
    exit 0
fi
echo "$image does not answer as it should; going back" >&2
ours rollout undo deployment/acme-project
ours rollout status deployment/acme-project --timeout=5m
exit 1
