#!/usr/bin/env bash
# Writes the parts of documents that come from code: the table of keys in docs/configuration.md, the table of hubs in docs/hubs.md.
#
#   bash docs/generate.sh
set -euo pipefail
cd "$(dirname "$0")/.."
WRITE_DOCUMENTS=true dotnet test tests/Gateway.Tests -c Release -v quiet -nologo --filter FullyQualifiedName~ConfigurationTableTests
WRITE_DOCUMENTS=true dotnet test tests/EndToEnd -c Release -v quiet -nologo --filter FullyQualifiedName~FidelityDocumentTests
git --no-pager diff --stat -- docs
