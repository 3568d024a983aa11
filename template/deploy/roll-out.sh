#!/bin/sh
# Bring an image to this machine, ask it something, and go back when it does not answer.
#     sh deploy/roll-out.sh IMAGE JOBS_IMAGE
# SERVE_TOKEN and the rest of deploy/compose.yaml's settings stand in deploy/.env.
set -eu
cd "$(dirname "$0")"
before=$(docker compose ps --format '{{.Image}}' serve)
up() { IMAGE=$1 JOBS_IMAGE=$2 docker compose up --detach --no-build --wait --wait-timeout 120; }
answers() { docker compose exec -T serve acme-project ask --wait 30; }

docker pull "$1"
docker pull "$2"
JOBS_IMAGE=$2 docker compose run --rm --no-deps retrain \
    sh -c 'test -z "$MODELS_URL" || acme-project models pull'
if up "$1" "$2" && answers; then
    echo "$1 is rolled out"
    exit 0
fi
echo "$1 does not answer as it should" >&2
if [ -n "$before" ]; then
    echo "going back to $before" >&2
    up "$before" "$2"
fi
exit 1
