#!/bin/sh
# Makes the secrets that the compose files read, each in a file of its own: ./make-secrets.sh local/secrets
# What is there already is left alone: the secret key must never change.
set -eu

folder=${1:?name the folder for the secrets, e.g. local/secrets}
mkdir -p "$folder"
chmod 0700 "$folder"

# The files are readable by the container's user, who is nobody on this host; the folder keeps others out.
make() {
    [ -s "$folder/$1" ] || { printf '%s' "$2" > "$folder/$1"; chmod 0644 "$folder/$1"; }
}
random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

make secret_key "$(random)"
make peer_token "$(random)"
make postgres_password "$(random)"
make database_url "postgresql://tidegate:$(cat "$folder/postgres_password")@postgres:5432/tidegate"
