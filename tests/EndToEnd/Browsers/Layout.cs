using Microsoft.Playwright;

namespace Serverless.EndToEnd.Browsers;

/// <summary>Finds layout errors: a page wider than its window, elements outside of it, truncated texts.</summary>
internal static class Layout
{
    // A text may end in an ellipsis where a title contains all of it; an element may require scrolling, but not sideways.
    private const string Misfits = """
        () => {
          const misfits = [];
          const name = (e) => `${e.tagName.toLowerCase()}${e.id && '#' + e.id}${e.className.baseVal === undefined && e.className && '.' + e.className} "${e.textContent.trim().slice(0, 30)}"`;
          const root = document.scrollingElement;
          if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) {
            misfits.push(`the page is ${root.scrollWidth} by ${root.scrollHeight} in a window of ${innerWidth} by ${innerHeight}`);
          }
          for (const e of document.querySelectorAll('body *')) {
            const style = getComputedStyle(e);
            if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('.hidden') || e.closest('svg') || style.clipPath !== 'none') continue;
            const box = e.getBoundingClientRect();
            if (box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5)) {
              misfits.push(`${name(e)} reaches from ${box.left} to ${box.right}`);
            }
            if (style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1) {
              const told = style.textOverflow === 'ellipsis' && (e.title || e.closest('[title]'));
              if (!told && e.clientWidth > 0) misfits.push(`${name(e)} is cut off: ${e.scrollWidth} in ${e.clientWidth}`);
            }
          }
          return misfits;
        }
        """;

    public static async Task AssertFitsAsync(IPage page)
    {
        var misfits = await page.EvaluateAsync<string[]>(Misfits);
        Assert.True(misfits.Length == 0, string.Join('\n', misfits));
    }
}
