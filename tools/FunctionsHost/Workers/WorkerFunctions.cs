using System.Text.Json;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.FunctionsHost.Workers;

/// <summary>Functions in the form of the worker's messages.</summary>
internal static class WorkerFunctions
{
    /// <summary>Reads the functions that a worker lists.</summary>
    /// <param name="listed">The worker's list.</param>
    /// <param name="errors">Receives the errors of functions that were not loaded, by function.</param>
    public static IReadOnlyList<FunctionDefinition> Read(IEnumerable<RpcFunctionMetadata> listed, IDictionary<string, string> errors)
    {
        var functions = new List<FunctionDefinition>();
        foreach (var entry in listed)
        {
            FunctionFiles.Add(functions, errors, entry.Name, () =>
            {
                if (entry.Status is { Status: StatusResult.Types.Status.Failure } status)
                {
                    throw new InvalidDataException(status.Exception?.Message ?? "The worker failed to index the function.");
                }

                var bindings = new List<JsonElement>();
                foreach (var binding in entry.RawBindings)
                {
                    using var json = JsonDocument.Parse(binding);
                    bindings.Add(json.RootElement.Clone());
                }

                return FunctionDefinition.Create(entry.Name, bindings) with
                {
                    Id = entry.FunctionId.Length > 0 ? entry.FunctionId : Guid.NewGuid().ToString(),
                    ScriptFile = entry.ScriptFile,
                    EntryPoint = entry.EntryPoint,
                    Language = entry.Language,
                    Properties = entry.Properties,
                };
            });
        }

        return FunctionFiles.InOrder(functions);
    }

    public static FunctionLoadRequest LoadRequest(FunctionDefinition function)
    {
        var metadata = new RpcFunctionMetadata
        {
            Name = function.Name,
            ScriptFile = function.ScriptFile,
            EntryPoint = function.EntryPoint,
            Language = function.Language,
            FunctionId = function.Id,
        };
        metadata.Properties.Add(function.Properties.ToDictionary());
        foreach (var binding in function.Bindings)
        {
            metadata.RawBindings.Add(binding.Json.GetRawText());
            metadata.Bindings[binding.Name] = new BindingInfo
            {
                Type = binding.Type,
                Direction = Enum.TryParse<BindingInfo.Types.Direction>(binding.Direction, ignoreCase: true, out var direction) ? direction : default,
                DataType = Enum.TryParse<BindingInfo.Types.DataType>(binding.DataType, ignoreCase: true, out var type) ? type : default,
            };
        }

        return new FunctionLoadRequest { FunctionId = function.Id, Metadata = metadata };
    }
}
