// The gateway's nodes. Each node can serve every request, so there is no affinity.
@description('The app\'s name.')
param name string

@description('The region.')
param location string

@description('The environment in which it runs.')
param environmentId string

@description('Its image.')
param image string

@description('The registry of the image.')
param registryServer string

@description('The identity that pulls the image, calls the upstream and reads secrets.')
param identityName string

@description('The vault of its keys.')
param vaultName string

@description('The account of its tables.')
param storageName string

@description('True when a Redis connects the nodes.')
param joinNodes bool

@description('The host name of that Redis.')
param redisHost string

@description('The host name at which clients and functions reach it.')
param host string

@description('The template of the upstream\'s address.')
param upstreamUrl string

@description('True when the upstream requires a key.')
param upstreamAsksForKey bool

@description('Cores of a node.')
@allowed(['0.25', '0.5', '1', '2', '4'])
param cores string

@description('The least number of nodes.')
param minReplicas int

@description('The largest number of nodes.')
param maxReplicas int

@description('The most seconds that a node may take to drain.')
param drainSeconds int

var port = 8080
// The host provides two GiB for each core, and no other size.
var memoryMiB = {
  '0.25': 512
  '0.5': 1024
  '1': 2048
  '2': 4096
  '4': 8192
}
var drainTime = '00:${padLeft(drainSeconds / 60, 2, '0')}:${padLeft(drainSeconds % 60, 2, '0')}'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = {
  name: vaultName
}

resource storage 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: storageName
}

resource gateway 'Microsoft.App/containerApps@2026-07-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    managedEnvironmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [{ server: registryServer, identity: identity.id }]
      ingress: {
        external: true
        allowInsecure: false
        targetPort: port
        transport: 'http'
        stickySessions: { affinity: 'none' }
      }
      secrets: [
        {
          name: 'access-key-primary'
          keyVaultUrl: '${vault.properties.vaultUri}secrets/access-key-primary'
          identity: identity.id
        }
        {
          name: 'access-key-secondary'
          keyVaultUrl: '${vault.properties.vaultUri}secrets/access-key-secondary'
          identity: identity.id
        }
      ]
    }
    template: {
      // The drain time, plus time for the last calls to end.
      terminationGracePeriodSeconds: drainSeconds + 30
      containers: [
        {
          name: 'gateway'
          image: image
          resources: {
            cpu: json(cores)
            memory: '${memoryMiB[cores] < 1024 ? '0.5' : string(memoryMiB[cores] / 1024)}Gi'
          }
          env: [
            { name: 'ASPNETCORE_HTTP_PORTS', value: string(port) }
            { name: 'Gateway__AccessKeys__0', secretRef: 'access-key-primary' }
            { name: 'Gateway__AccessKeys__1', secretRef: 'access-key-secondary' }
            { name: 'Gateway__Endpoints__0', value: 'https://${host}' }
            { name: 'Gateway__Identity__ClientId', value: identity.properties.clientId }
            { name: 'Gateway__Tables', value: storage.properties.primaryEndpoints.table }
            { name: 'Gateway__Nodes__DrainTime', value: drainTime }
            // The environment adds the address of its collector, which does not accept metrics.
            { name: 'OTEL_METRICS_EXPORTER', value: 'none' }
            { name: 'OTEL_TRACES_SAMPLER', value: 'parentbased_traceidratio' }
            { name: 'OTEL_TRACES_SAMPLER_ARG', value: '0.05' }
            {
              name: 'UpstreamSettings__Templates__0__UrlTemplate'
              value: upstreamAsksForKey
                ? '${upstreamUrl}?code={@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/upstream-key)}'
                : upstreamUrl
            }
            // An empty value counts as absent.
            {
              name: 'Gateway__Redis'
              value: joinNodes
                ? '${redisHost}:10000,user=${identity.properties.principalId},ssl=true,auth=entra,clientId=${identity.properties.clientId}'
                : ''
            }
          ]
          // The host accepts a failureThreshold from 1 to 10.
          probes: [
            { type: 'Startup', httpGet: { path: '/health/live', port: port }, periodSeconds: 5, failureThreshold: 10 }
            { type: 'Liveness', httpGet: { path: '/health/live', port: port }, periodSeconds: 10, failureThreshold: 3 }
            { type: 'Readiness', httpGet: { path: '/health/ready', port: port }, periodSeconds: 5, failureThreshold: 2 }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        // Sockets cost memory and messages cost processor time. Memory stands for connections, which no rule of the host counts.
        rules: [
          { name: 'messages', custom: { type: 'cpu', metadata: { type: 'Utilization', value: '60' } } }
          { name: 'connections', custom: { type: 'memory', metadata: { type: 'Utilization', value: '65' } } }
        ]
      }
    }
  }
}

@description('Its public address.')
output url string = 'https://${gateway.properties.configuration.ingress.fqdn}'

@description('Memory of a node, in bytes.')
output memoryBytesPerReplica int = memoryMiB[cores] * 1024 * 1024
