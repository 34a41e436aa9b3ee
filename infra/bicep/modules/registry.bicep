// The registry of the gateway's image. Deployed first by itself, because the gateway needs its image.
@description('The registry\'s name: only letters and digits, unique in all of Azure.')
@minLength(5)
@maxLength(50)
param name string = 'serverless${uniqueString(resourceGroup().id)}'

@description('The region.')
param location string = resourceGroup().location

@description('The identity that may pull; empty for none yet.')
param pullIdentityName string = ''

var acrPull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')

resource puller 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = if (!empty(pullIdentityName)) {
  name: pullIdentityName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  name: name
  location: location
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
  }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(pullIdentityName)) {
  scope: registry
  name: guid(registry.id, puller.id, acrPull)
  properties: {
    principalId: puller!.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: acrPull
  }
}

@description('The registry\'s login server.')
output server string = registry.properties.loginServer
