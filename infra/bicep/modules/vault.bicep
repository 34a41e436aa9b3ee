// The access keys, and secrets made from them. The gateway reads all of them; the function app reads only its connection string.
@description('The vault\'s name.')
@minLength(3)
@maxLength(24)
param name string

@description('The region.')
param location string

@description('True when only private endpoints can reach it.')
param privateNetworking bool

@description('The identity that reads all secrets.')
param gatewayIdentityName string

@description('The identity that reads the connection string.')
param functionsIdentityName string

@description('The host name at which clients and functions reach the gateway.')
param gatewayHost string

@description('The primary access key; if empty, the existing one stays.')
@secure()
param primaryKey string

@description('The secondary access key; if empty, the existing one stays.')
@secure()
param secondaryKey string

@description('The key that the upstream requires; if empty, the existing one stays.')
@secure()
param upstreamKey string

var secretsUser = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '4633458b-17de-408a-b874-0445c86b69e6'
)

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: gatewayIdentityName
}

resource functions 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: functionsIdentityName
}

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' = {
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

// An empty parameter keeps the existing secret. The primary key is stored after the connection string made from it: deploy.sh creates a
// key unless the vault has one, so an existing key must not lack its connection string.
resource primary 'Microsoft.KeyVault/vaults/secrets@2026-05-15' = if (!empty(primaryKey)) {
  parent: vault
  name: 'access-key-primary'
  properties: { value: primaryKey }
  dependsOn: [connectionString]
}

resource secondary 'Microsoft.KeyVault/vaults/secrets@2026-05-15' = if (!empty(secondaryKey)) {
  parent: vault
  name: 'access-key-secondary'
  properties: { value: secondaryKey }
}

resource upstream 'Microsoft.KeyVault/vaults/secrets@2026-05-15' = if (!empty(upstreamKey)) {
  parent: vault
  name: 'upstream-key'
  properties: { value: upstreamKey }
}

resource connectionString 'Microsoft.KeyVault/vaults/secrets@2026-05-15' = if (!empty(primaryKey)) {
  parent: vault
  name: 'gateway-connection-string'
  properties: { value: 'Endpoint=https://${gatewayHost};AccessKey=${primaryKey};Version=1.0;' }
}

resource readableConnectionString 'Microsoft.KeyVault/vaults/secrets@2026-05-15' existing = {
  parent: vault
  name: 'gateway-connection-string'
}

resource gatewayReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, gateway.id, secretsUser)
  properties: {
    principalId: gateway.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: secretsUser
  }
}

resource functionsRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: readableConnectionString
  name: guid(vault.id, 'gateway-connection-string', functions.id, secretsUser)
  properties: {
    principalId: functions.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: secretsUser
  }
  dependsOn: [connectionString]
}
