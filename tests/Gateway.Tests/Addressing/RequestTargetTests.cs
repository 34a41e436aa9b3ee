using Serverless.Gateway.Addressing;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Addressing;

/// <summary>Tests how request targets and audiences are split and decoded, and which are refused.</summary>
public class RequestTargetTests
{
    [Theory]
    [InlineData("/", "", "/")]
    [InlineData("/client/?hub=chat", "client", "/client/")]
    [InlineData("/client?a=/b/../c#d", "client", "/client")]
    [InlineData("/a//b///", "a||b||", "/a//b///")]
    [InlineData("//a", "|a", "//a")]
    [InlineData("/a%2Fb/c", "a/b|c", "/a%2Fb/c")]
    [InlineData("/a%252Fb", "a%2Fb", "/a%252Fb")]
    [InlineData("/%61%3Ab/%c3%bc", "a:b|ü", "/a:b/ü")]
    [InlineData("/.../.a/a..", "...|.a|a..", "/.../.a/a..")]
    [InlineData("/%252e%252e", "%2e%2e", "/%252e%252e")]
    [InlineData("/..%2Fa", "../a", "/..%2Fa")]
    [InlineData("/a%5Cb", "a\\b", "/a\\b")]
    [InlineData("/a;b=c/d+e", "a;b=c|d+e", "/a;b=c/d+e")]
    [InlineData("/a%0Ab", "a\nb", "/a\nb")]
    [InlineData("/%EF%BC%8E%EF%BC%8E", "．．", "/．．")]
    [InlineData("http://localhost:8888/a%2Fb?q", "a/b", "/a%2Fb")]
    [InlineData("HTTPS://localhost", "", "/")]
    [InlineData("http://localhost?/a", "", "/")]
    [InlineData("*", "", "")]
    [InlineData("localhost:8888", "", "")]
    [InlineData("", "", "")]
    public void A_target_has_one_reading(string text, string segments, string routedPath)
    {
        var target = RequestTarget.Parse(text);
        Assert.Null(target.Error);
        Assert.Equal(segments, string.Join('|', target.Segments.ToArray()));
        Assert.Equal(routedPath, target.RoutedPath);
    }

    [Theory]
    [InlineData("/.", "'..'")]
    [InlineData("/a/..", "'..'")]
    [InlineData("/a/%2e/b", "'..'")]
    [InlineData("/a/.%2E/b", "'..'")]
    [InlineData("/a/%2E./b?c", "'..'")]
    [InlineData("http://localhost/a/../b", "'..'")]
    [InlineData("/a\\b", "backslash")]
    [InlineData("/a#b", "'#'")]
    [InlineData("/a\u0001b", "control character")]
    [InlineData("/a%00b", "NUL")]
    [InlineData("/%", "percent-encoded")]
    [InlineData("/%4", "percent-encoded")]
    [InlineData("/%zz", "percent-encoded")]
    [InlineData("/%+1", "percent-encoded")]
    [InlineData("/% 1", "percent-encoded")]
    [InlineData("/%u0061", "percent-encoded")]
    [InlineData("/%c0%ae%c0%ae", "UTF-8")]
    [InlineData("/%ff", "UTF-8")]
    [InlineData("/%ed%a0%80", "UTF-8")]
    [InlineData("http:///a", "host")]
    [InlineData("http://", "host")]
    [InlineData("http://localhost\\a/b", "host")]
    public void A_target_that_could_be_read_otherwise_is_refused_and_the_error_says_why(string text, string reason) =>
        Assert.Contains(reason, RequestTarget.Parse(text).Error, StringComparison.Ordinal);

    [Fact]
    public void A_path_of_very_many_segments_is_refused()
    {
        Assert.Null(RequestTarget.Parse(string.Concat(Enumerable.Repeat("/a", 64))).Error);
        Assert.NotNull(RequestTarget.Parse(string.Concat(Enumerable.Repeat("/a", 65))).Error);
    }

    [Theory]
    [InlineData("/a%2fb/c", "/a%2Fb/c/", true)]
    [InlineData("/%61", "/a", true)]
    [InlineData("/a%2Fb", "/a/b", false)]
    [InlineData("/A", "/a", false)]
    [InlineData("/a//", "/a", false)]
    public void Paths_are_the_same_by_their_segments(string one, string other, bool same) =>
        Assert.Equal(same, RequestTarget.Parse(one).IsSamePath(RequestTarget.Parse(other)));

    [Fact]
    public void A_list_in_a_segment_is_split_before_it_is_decoded()
    {
        var target = RequestTarget.Parse("/users/a,b%2Cc,%2e%2e");
        Assert.Equal(["a", "b,c", ".."], target.ListAt(1));
        Assert.True(target.IsSamePath(RequestTarget.Parse("/users/a,b,c,%2e%2e")));
        Assert.False(target.HasSameLists(RequestTarget.Parse("/users/a,b,c,%2e%2e")));
    }

    [Fact]
    public void The_path_as_routed_and_the_path_as_shown_are_read_as_the_same_segments()
    {
        var files = Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "targets"));
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var target = RequestTarget.Parse(File.ReadAllText(file));
            if (target.Error is null && target.RoutedPath.Length > 0)
            {
                Assert.True(target.IsSamePath(RequestTarget.Parse(target.Path)), file);
                Assert.Equal(target.RoutedPath, RequestTarget.Parse(target.Path).RoutedPath);
            }
        }
    }
}
