// The identities of the two programs. Each of the other modules assigns them the one role that they need there.
@description('The name of the gateway\'s identity.')
param gatewayName string

@description('The name of the function app\'s identity.')
param functionsName string

@description('The region.')
param location string

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: gatewayName
  location: location
}

resource functions 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: functionsName
  location: location
}
