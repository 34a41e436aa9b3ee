// The virtual network of a private deployment: one subnet each for the gateway, the function app and the private endpoints.
@description('The network\'s name.')
param name string

@description('The region.')
param location string

@description('A /16 or larger; the subnets are its first three /24.')
param addressPrefix string = '10.20.0.0/16'

resource network 'Microsoft.Network/virtualNetworks@2026-03-01' = {
  name: name
  location: location
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'gateway'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 0)
          delegations: [{ name: 'environment', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        // The Flex Consumption plan requires the same delegation, but a subnet of its own.
        name: 'functions'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 1)
          delegations: [{ name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 2)
        }
      }
    ]
  }
}

@description('The network.')
output networkId string = network.id

@description('The subnet of the gateway\'s environment.')
output gatewaySubnetId string = '${network.id}/subnets/gateway'

@description('The subnet of the function app\'s outbound calls.')
output functionsSubnetId string = '${network.id}/subnets/functions'

@description('The subnet of the private endpoints.')
output endpointSubnetId string = '${network.id}/subnets/endpoints'
