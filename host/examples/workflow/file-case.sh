#!/bin/sh
# Keeps a case in a file of its external ID: there whole or not at all, and the same
# however often it is filed. The arguments are JSON; an external ID needs no unquoting.
set -eu
id=${1#\"}
id=${id%\"}
mkdir -p "$CASES"
cat > "$CASES/$id.$$" << END
{
  "external_id": $1,
  "verdict": $2,
  "user_id": $3,
  "verified_emails": $4,
  "verified_phone_numbers": $5,
  "same_domain": $6
}
END
mv "$CASES/$id.$$" "$CASES/$id.json"
