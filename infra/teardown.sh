#!/usr/bin/env bash
# Deletes the resource group with all its resources, and purges the soft-deleted vault.
#
#   bash infra/teardown.sh RESOURCE_GROUP
set -euo pipefail

group=${1:?Which resource group? bash infra/teardown.sh RESOURCE_GROUP}

vaults=$(az keyvault list --resource-group "$group" --query "[].name" --output tsv)
az group delete --name "$group" --yes
for vault in $vaults; do
  az keyvault purge --name "$vault"
done
