#!/bin/sh
# Makes a service account that may ask Rolecall, and asks with its token. As an admin who has signed in: his cookies are in $JAR.
set -eu
: "${ROLECALL_URL:?the address of Rolecall, such as http://localhost:8080}" "${JAR:?the cookies of an admin: curl -c JAR …/login}"
api=$ROLECALL_URL/api/v1
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"; }

# A role that may ask and no more, and an account that has it.
role=$(curl -sf -b "$JAR" --json '{"name": "asks", "permissions": ["rolecall.checks:read"]}' "$api/roles" | field id)
account=$(curl -sf -b "$JAR" --json '{"kind": "service", "first_name": "Invoicing", "username": "invoicing", "roles": [{"role_id": '"$role"'}]}' "$api/users" | field id)
# The secret is told once.
token=$(curl -sf -b "$JAR" --json '{"name": "production"}' "$api/users/$account/tokens" | field secret)

# May Bob approve invoice 17?
curl -sf -H "Authorization: Bearer $token" --json '{
    "subject": {"type": "user", "id": "bob"},
    "action": {"name": "approve"},
    "resource": {"type": "invoices", "id": "17"}
}' "$ROLECALL_URL/access/v1/evaluation" >&2
echo "$token"
