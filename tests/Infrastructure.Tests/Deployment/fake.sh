#!/usr/bin/env bash
# A stand-in for az, azd, func, dotnet, npm, openssl, curl, sleep and date: records the call, and prints the output of the real command.
command=$(basename "$0")
echo "$command $*" >>"$CALLS"

# True for the first FAILURES calls with this name.
fails() {
  local failed="$CALLS.$1"
  echo >>"$failed"
  [ "$(wc -l <"$failed")" -le "${2:-0}" ]
}

case "$command $*" in
  "date "*) echo 20261124101500 ;;
  "openssl "*) echo a-key-made-by-the-stand-in-0123456789 ;;
  "az group exists "*) echo "${GROUP_EXISTS:-false}" ;;
  "az acr login "*) echo a-token-of-the-stand-in ;;
  "az deployment group create "*registry.bicep*) echo serverlessabc.azurecr.io ;;
  "az deployment group create "*main.bicepparam*)
    echo "image=$GATEWAY_IMAGE primary=${GATEWAY_PRIMARY_KEY:+set} secondary=${GATEWAY_SECONDARY_KEY:+set}" >>"$CALLS"
    [ -z "${MAIN_FAILS:-}" ] || exit 1 ;;
  "az keyvault list-deleted "*)
    [ -z "${NO_RIGHT_TO_DELETED:-}" ] || exit 1
    [ -z "${DELETED_VAULT:-}" ] || echo "$DELETED_VAULT" ;;
  "az keyvault list "*"[].id"*) [ -z "${SECRETS+there}" ] || echo /subscriptions/1/resourceGroups/serverless/providers/Microsoft.KeyVault/vaults/serverlessabc ;;
  "az keyvault list "*) echo serverlessabc ;;
  "az rest --method get "*)
    [ -z "${SECRETS_UNKNOWN:-}" ] || exit 1
    printf '%s' "${SECRETS:-}" ;;
  *outputs.functionApp.value*) echo serverless-functions-abc ;;
  *outputs.gatewayUrl.value*) echo https://gateway.example ;;
  *outputs.pageUrl.value*) echo https://functions.example/api/ ;;
  "az functionapp show "*) echo /subscriptions/1/resourceGroups/serverless/providers/Microsoft.Web/sites/serverless-functions-abc ;;
  "az containerapp list "*) echo serverlessabc.azurecr.io/gateway:running ;;
  "az deployment group what-if "*) echo "image=$GATEWAY_IMAGE" >>"$CALLS" ;;
  "az containerapp show "*) echo serverless-gateway--abc ;;
  "az functionapp deployment source config-zip "*)
    [ -f artifacts/functions.zip ] || exit 2
    ! fails upload "${UPLOAD_FAILURES:-}" || exit 1 ;;
  "dotnet publish "*PublishContainer*)
    echo "user=$DOTNET_CONTAINER_PUSH_REGISTRY_UNAME token=${DOTNET_CONTAINER_PUSH_REGISTRY_PWORD:+set}" >>"$CALLS"
    ! fails push "${PUSH_FAILURES:-}" || exit 1 ;;
  "dotnet publish "*"-p:FunctionsZip="*)
    mkdir -p artifacts/functions
    all=$*
    echo >"${all##*-p:FunctionsZip=}" ;;
  "dotnet publish "*"--output artifacts/functions") mkdir -p artifacts/functions ;;
  "func "*) echo "in ${PWD##*/artifacts/}" >>"$CALLS" ;;
  "azd env set --file /dev/stdin") while IFS= read -r line; do echo "azd $line" >>"$CALLS.azd"; done ;;
esac
