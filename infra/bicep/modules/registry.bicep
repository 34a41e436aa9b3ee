// The registry of the gateway's image. Deployed once by itself, since the image has to be there before the gateway.
@description('Letters and digits only, and nobody else\'s.')
param name string = 'serverless${uniqueString(resourceGroup().id)}'
param location string = resourceGroup().location

@description('Who may pull; empty for nobody yet.')
param pullPrincipalId string = ''

var acrPull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: name
  location: location
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
  }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(pullPrincipalId)) {
  scope: registry
  name: guid(registry.id, pullPrincipalId, acrPull)
  properties: {
    principalId: pullPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: acrPull
  }
}

output server string = registry.properties.loginServer
