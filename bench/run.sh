#!/usr/bin/env bash
# Builds the gateway, the SignalR server and the load generator, and runs the benchmark; 'bash bench/run.sh --help' lists the options.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in src/Gateway bench/Peer bench/Load; do
  dotnet build "$project" -c Release -v q -nologo
done
exec dotnet bench/Load/bin/Release/net10.0/Load.dll "$@"
