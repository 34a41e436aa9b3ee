using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Serverless.Support.Redis;

/// <summary>A certificate authority for one test, and a certificate that it issued for a Redis on this machine, as files.</summary>
public sealed class RedisCertificate : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("redis-tls-").FullName;

    public RedisCertificate()
    {
        using var authorityKey = RSA.Create(2048);
        var request = new CertificateRequest("CN=authority of the tests", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        using var key = RSA.Create(2048);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(AuthorityFile, authority.ExportCertificatePem());
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The value of <c>SSL_CERT_FILE</c> for programs that trust the authority.</summary>
    public string AuthorityFile => Path.Combine(_folder, "authority.pem");

    private string CertificateFile => Path.Combine(_folder, "redis.pem");

    private string KeyFile => Path.Combine(_folder, "redis.key");

    /// <summary>Returns the arguments of redis-server for TLS on a port.</summary>
    public string[] ServerArguments(int port) =>
    [
        "--tls-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--tls-cert-file", CertificateFile, "--tls-key-file", KeyFile,
        "--tls-ca-cert-file", AuthorityFile, "--tls-auth-clients", "no",
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
