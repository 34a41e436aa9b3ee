// The access keys, and what is made of them. The gateway reads all of it; the function app reads its connection string only.
param name string
param location string
param privateNetworking bool
param gatewayPrincipalId string
param functionsPrincipalId string

@description('Where clients and functions reach the gateway.')
param gatewayHost string

@secure()
param primaryKey string

@secure()
param secondaryKey string

@secure()
param upstreamKey string

var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    publicNetworkAccess: privateNetworking ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: privateNetworking ? 'Deny' : 'Allow'
    }
  }
}

// An empty parameter leaves what is there.
resource primary 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(primaryKey)) {
  parent: vault
  name: 'access-key-primary'
  properties: { value: primaryKey }
}

resource secondary 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(secondaryKey)) {
  parent: vault
  name: 'access-key-secondary'
  properties: { value: secondaryKey }
}

resource upstream 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(upstreamKey)) {
  parent: vault
  name: 'upstream-key'
  properties: { value: upstreamKey }
}

resource connectionString 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(primaryKey)) {
  parent: vault
  name: 'gateway-connection-string'
  properties: { value: 'Endpoint=https://${gatewayHost};AccessKey=${primaryKey};Version=1.0;' }
}

resource readableConnectionString 'Microsoft.KeyVault/vaults/secrets@2023-07-01' existing = {
  parent: vault
  name: 'gateway-connection-string'
}

resource gatewayReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, gatewayPrincipalId, secretsUser)
  properties: {
    principalId: gatewayPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: secretsUser
  }
}

resource functionsRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: readableConnectionString
  name: guid(vault.id, 'gateway-connection-string', functionsPrincipalId, secretsUser)
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: secretsUser
  }
  dependsOn: [connectionString]
}

output name string = vault.name
output connectionStringSecret string = readableConnectionString.name
