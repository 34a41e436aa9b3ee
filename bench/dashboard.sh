#!/usr/bin/env bash
# Runs the dashboard in Chromium on a gateway with many clients and messages; fails if a task of the page takes over 100 ms.
#
#   bash bench/dashboard.sh [CLIENTS [MESSAGES-PER-SECOND [SECONDS]]]     10000 5000 30
set -euo pipefail
cd "$(dirname "$0")/.."
clients=${1:-10000} rate=${2:-5000} seconds=${3:-30}
ulimit -n "$((clients * 2 + 2000))" 2>/dev/null || ulimit -n "$(ulimit -Hn)"
for project in src/Gateway bench/Load bench/Dashboard; do
  dotnet build "$project" -c Release -v q -nologo
done

# The load generator prints the gateway's port when all clients are connected.
exec 3< <(exec dotnet bench/Load/bin/Release/net10.0/Load.dll steady "$clients" "$rate" "$((seconds + 15))")
load=$!
read -r port <&3
result=0
dotnet bench/Dashboard/bin/Release/net10.0/Dashboard.dll "http://localhost:$port" the-benchmarks-key-0123456789-0123456789 "$seconds" || result=$?
cat <&3
wait "$load" || result=1
exit "$result"
