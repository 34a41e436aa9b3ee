using System.Net;
using System.Net.Http.Headers;

// The types of the isolated worker model that an HTTP trigger uses, in their own namespaces, because their packages do not restore where
// the tests run. The shapes follow Microsoft.Azure.Functions.Worker.Core and Microsoft.Azure.Functions.Worker.Extensions.Http.
namespace Microsoft.Azure.Functions.Worker
{
    internal enum AuthorizationLevel
    {
        Anonymous = 0,
        Function = 2,
    }

    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class FunctionAttribute(string name) : Attribute
    {
        public string Name { get; } = name;
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    internal sealed class HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : Attribute
    {
        public AuthorizationLevel AuthLevel { get; } = authLevel;

        public string[] Methods { get; } = methods;

        public string? Route { get; set; }
    }
}

namespace Microsoft.Azure.Functions.Worker.Http
{
    internal sealed class HttpHeadersCollection : HttpHeaders;

    internal abstract class HttpRequestData
    {
        public abstract Stream Body { get; }

        public abstract HttpHeadersCollection Headers { get; }

        public abstract HttpResponseData CreateResponse();

        public HttpResponseData CreateResponse(HttpStatusCode statusCode)
        {
            var response = CreateResponse();
            response.StatusCode = statusCode;
            return response;
        }
    }

    internal abstract class HttpResponseData
    {
        public abstract HttpStatusCode StatusCode { get; set; }

        public abstract HttpHeadersCollection Headers { get; set; }

        public abstract Stream Body { get; set; }
    }
}
