// The function app on the Flex Consumption plan: an isolated worker that accesses its package, storage and secrets by its identity.
@description('The function app\'s name.')
param name string

@description('The region.')
param location string

@description('The identity of its calls.')
param identityName string

@description('The account of its package and host files.')
param storageName string

@description('The vault that has its connection string.')
param vaultName string

@description('The component that receives its telemetry.')
param insightsName string

@description('The subnet of its outbound calls; empty for none.')
param subnetId string

@description('The largest number of instances.')
param instances int

@description('Memory of an instance, in MB.')
param memoryMB int

// The names in storage.bicep and vault.bicep.
var deploymentContainer = 'deployment'
var connectionStringName = 'gateway-connection-string'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: storageName
}

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: '${name}-plan'
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  tags: { 'azd-service-name': 'functions' } // azd finds the app by this tag
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        maximumInstanceCount: instances
        instanceMemoryMB: memoryMB
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: [
        {
          name: 'AzureSignalRConnectionString'
          value: '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/${connectionStringName})'
        }
        { name: 'AzureWebJobsStorage__accountName', value: storage.name }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: 'ClientId=${identity.properties.clientId};Authorization=AAD'
        }
      ]
    }
  }
}

@description('The function app\'s name.')
output name string = app.name

@description('Its host name.')
output host string = app.properties.defaultHostName
