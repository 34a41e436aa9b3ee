namespace Serverless.Gateway.Routing.Filters;

/// <summary>The kind of a token.</summary>
internal enum FilterTokenKind
{
    /// <summary>A field, an operator or a function.</summary>
    Word,

    /// <summary>A text in single quotes, without them.</summary>
    Text,

    Open,

    Close,

    Comma,

    End,
}

/// <summary>Represents a token of a filter and its position, which counts from 1.</summary>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Value, int Position);
