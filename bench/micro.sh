#!/usr/bin/env bash
# Builds and runs the micro-benchmarks: all of them, those of '--filter "*FanOut*"', or with '--check' the gate on allocated bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build bench/Micro -c Release -v q -nologo
exec dotnet bench/Micro/bin/Release/net10.0/Micro.dll "$@"
