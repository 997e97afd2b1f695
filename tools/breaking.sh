#!/bin/sh
# Fails when the protos break callers of the newest release.
#
#   tools/breaking.sh BUF
#
# Before the first release the oldest protos in the history count: callers are written against
# them already. A shallow clone ends somewhere, so there the oldest commit that was fetched counts.
set -eu
buf=$1

if ! git rev-parse --verify --quiet HEAD >/dev/null 2>&1; then
    echo "buf breaking: no git history here, so nothing to compare with"
    exit 0
fi

# A release candidate comes before its release, hence the suffix.
tag=$(git -c versionsort.suffix=- tag --list 'v*' --merged HEAD --sort=-version:refname | head -n 1)
if [ -n "$tag" ]; then
    against="tag=$tag"
else
    first=$(git log --diff-filter=A --format=%H -- buf.yaml | tail -n 1)
    if [ -z "$first" ]; then
        echo "buf breaking: no commit has buf.yaml yet, so nothing to compare with"
        exit 0
    fi
    against="ref=$first"
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
        echo "buf breaking: shallow clone without a release tag; fetch all history for the full check"
    fi
fi
echo "buf breaking: against $against"
# Written out because .git is a file in a linked worktree.
exec "$buf" breaking --against "$(git rev-parse --git-common-dir)#$against"
