// The virtual network of a private deployment: a subnet each for the gateway, the function app and the private endpoints.
param name string
param location string

@description('A /16 or larger; the subnets are its first three /24.')
param addressPrefix string = '10.20.0.0/16'

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: '${name}-network'
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
        // The Flex Consumption plan takes the same delegation, but a subnet of its own.
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

output networkId string = network.id
output gatewaySubnetId string = '${network.id}/subnets/gateway'
output functionsSubnetId string = '${network.id}/subnets/functions'
output endpointSubnetId string = '${network.id}/subnets/endpoints'
