namespace System.Runtime.CompilerServices;

/// <summary>Lets records compile for .NET Standard 2.0, which source generators must target.</summary>
internal static class IsExternalInit;
