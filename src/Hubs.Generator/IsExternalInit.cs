namespace System.Runtime.CompilerServices;

/// <summary>Lets records compile for .NET Standard 2.0, which the compiler's plug-ins have to target.</summary>
internal static class IsExternalInit;
