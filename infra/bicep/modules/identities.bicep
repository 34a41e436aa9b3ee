// Who the two programs are. Each of the other modules gives them the one right that they need there.
param name string
param location string

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-gateway'
  location: location
}

resource functions 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-functions'
  location: location
}

output gatewayName string = gateway.name
output gatewayPrincipalId string = gateway.properties.principalId
output functionsName string = functions.name
output functionsPrincipalId string = functions.properties.principalId
