#!/usr/bin/env bash
# Stands in for az, func, dotnet, openssl, curl and date: writes down the call, and says what the real one would.
command=$(basename "$0")
echo "$command $*" >>"$CALLS"
case "$command $*" in
  "date "*) echo 20261124101500 ;;
  "openssl "*) echo a-key-made-by-the-stand-in-0123456789 ;;
  "az acr login "*) echo a-token-of-the-stand-in ;;
  "az deployment group create "*registry.bicep*) echo serverlessabc.azurecr.io ;;
  "az deployment group create "*main.bicepparam*)
    echo "image=$GATEWAY_IMAGE primary=${GATEWAY_PRIMARY_KEY:+set} secondary=${GATEWAY_SECONDARY_KEY:+set}" >>"$CALLS"
    [ -z "${MAIN_FAILS:-}" ] || exit 1 ;;
  "az deployment group show "*"--name vault "*)
    [ -n "${VAULT_STATE:-}" ] || exit 3 # there is no such deployment
    echo "$VAULT_STATE" ;;
  *outputs.functionApp.value*) echo serverless-functions-abc ;;
  *outputs.gatewayUrl.value*) echo https://gateway.example ;;
  *outputs.pageUrl.value*) echo https://functions.example/api/ ;;
  "az keyvault list "*) echo serverlessabc ;;
  "dotnet publish "*PublishContainer*)
    echo "user=$DOTNET_CONTAINER_PUSH_REGISTRY_UNAME token=${DOTNET_CONTAINER_PUSH_REGISTRY_PWORD:+set}" >>"$CALLS" ;;
  "dotnet publish "*"--output artifacts/functions") mkdir -p artifacts/functions ;;
  "func "*) echo "in ${PWD##*/artifacts/}" >>"$CALLS" ;;
esac
