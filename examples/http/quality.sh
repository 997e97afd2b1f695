#!/bin/sh
# Mends a CSV table and fetches the report, by HTTP alone: sh quality.sh TABLE REPORT [SERVER]
set -eu

table=$1 report=$2 server=${3:-http://127.0.0.1:8080}
id=quality-$(date +%s)-$$
events=$(mktemp)
trap 'rm -f "$events"' EXIT

# Whatever is refused ends this, with what the server said of it.
call() { curl --silent --show-error --fail-with-body "$@"; }

echo "storing $table"
call "$server/v1/artifacts:upload?artifactId=$id&filename=table.csv" \
  -H 'Content-Type: text/csv' --data-binary "@$table" >/dev/null

echo "creating run $id"
call "$server/v1/runs" -H 'Content-Type: application/json' \
  -d "{\"runId\": \"$id\", \"spec\": {\"graphId\": \"data_quality\", \"input\": {\"json\": {\"table\": \"$id\"}}}}" >/dev/null

# The stream may break at any time; the last id says where it goes on.
last=
until grep -q '^event: end' "$events"; do
  call --no-buffer "$server/v1/runs/$id:watch" -H 'Accept: text/event-stream' \
    ${last:+-H "Last-Event-ID: $last"} |
    tee -a "$events" | grep -o '"node":"[a-z]*"' || sleep 1
  last=$(sed -n 's/^id: //p' "$events" | tail -n 1)
done

# The report is the newest artifact of the run that is a page.
found=$(call "$server/v1/artifacts?runId=$id" | tr '{' '\n' |
  sed -n 's/.*"artifactId":"\([^"]*\)","runId":"[^"]*","filename":"report.html".*/\1/p')
call --output "$report" "$server/v1/artifacts/$found:download"
echo "wrote $report"
