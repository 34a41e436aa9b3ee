namespace Serverless.Gateway.Routing.Filters;

/// <summary>What a piece of a filter is.</summary>
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

/// <summary>A piece of a filter and where it begins, counted from 1.</summary>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Value, int Position);
