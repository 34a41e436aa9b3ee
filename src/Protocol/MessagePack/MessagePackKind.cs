namespace Serverless.Protocol.MessagePack;

/// <summary>Specifies the kind of a MessagePack value, independent of its width.</summary>
public enum MessagePackKind
{
    /// <summary>The byte 0xc1, which the format never uses.</summary>
    Invalid,

    /// <summary>nil.</summary>
    Nil,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A signed or unsigned integer.</summary>
    Integer,

    /// <summary>A float of 32 or 64 bits.</summary>
    Float,

    /// <summary>UTF-8 text.</summary>
    String,

    /// <summary>Bytes.</summary>
    Binary,

    /// <summary>An array of values.</summary>
    Array,

    /// <summary>A map from value to value.</summary>
    Map,

    /// <summary>An application type, or the timestamp (type -1).</summary>
    Extension,
}
