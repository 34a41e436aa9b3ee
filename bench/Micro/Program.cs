using BenchmarkDotNet.Running;
using Serverless.Micro;

if (args is ["--check"])
{
    return AllocationCheck.Run() ? 0 : 1;
}

// Without arguments the switcher would prompt.
string[] arguments = args is [] ? ["--filter", "*"] : args;
var summaries = BenchmarkSwitcher.FromTypes(MicroConfig.Benchmarks).Run(arguments, MicroConfig.Full).ToList();
return summaries.Exists(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
