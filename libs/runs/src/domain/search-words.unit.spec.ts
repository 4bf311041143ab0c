import { labelMatches, parseSearchText, searchWords, snippetOf, textBounds, toTsquery } from './search-words';

describe('the words of a run', () => {
  it('are letters and digits in lower case, and each label whole', () => {
    const words = searchWords({
      labels: { Env: 'Prod-EU' },
      texts: ['Nightly \u001B[31mImport\u001B[0m', 'exit code 137: Größe_ﬁx'],
    });
    expect(words.sort()).toEqual(
      ['=env=prod-eu', 'env', 'prod', 'eu', 'nightly', 'import', 'exit', 'code', '137', 'größe', 'fix'].sort(),
    );
  });

  it.each([
    ['İstanbul IĞDIR', ['istanbul', 'iğdir']],
    ['हिन्दी', ['हिन्दी']],
    ['cafe\u0301 café', ['café']],
    ['q\u0307x', ['q\u0307x']],
    ['ｆｕｌｌ ①', ['full', '1']],
    ['ΣΑΣ', ['σας']],
  ])('of %j are found whole', (text, words) => {
    expect(searchWords({ labels: {}, texts: [text] })).toEqual(words);
    for (const word of words) expect(snippetOf(text, [word])).not.toBeNull();
  });

  it('are bounded, and whole characters', () => {
    const many = Array.from({ length: 5000 }, (_, index) => `w${index}`).join(' ');
    expect(searchWords({ labels: {}, texts: [many] })).toHaveLength(textBounds.words);
    const [word = ''] = searchWords({ labels: {}, texts: ['𝒳𐐀'.repeat(500)] });
    expect(Array.from(word).length).toBeLessThanOrEqual(textBounds.word);
    expect(word.isWellFormed()).toBe(true);
  });
});

describe('what is searched for', () => {
  it.each([
    ['nightly  FAILED', { words: ['nightly', 'failed'], idBeginning: null }],
    ['env=Prod', { words: ['=env=prod'], idBeginning: null }],
    ['exit-code', { words: ['exit', 'code'], idBeginning: null }],
    ['0192f3c4-5b6a', { words: ['0192f3c4', '5b6a'], idBeginning: '0192f3c45b6a' }],
    ['0192f3c', { words: ['0192f3c'], idBeginning: null }],
    ['0192f3c4 5b6a', { words: ['0192f3c4', '5b6a'], idBeginning: null }],
    ['-- !', { words: [], idBeginning: null }],
  ])('%j', (text, parsed) => {
    expect(parseSearchText(text)).toEqual(parsed);
  });

  it('is quoted for PostgreSQL', () => {
    expect(toTsquery(['ab', 'c', "=k=it's \\ & x"])).toBe(`'ab':* & 'c' & '=k=it''s \\\\ & x':*`);
  });

  it('is shown in its surroundings', () => {
    const text = `${'before '.repeat(20)}exit code 137 ${'after '.repeat(20)}`;
    expect(snippetOf(text, ['cod'])).toMatch(/^….*exit code 137.*…$/);
    expect(snippetOf('short text', ['t'])).toBeNull();
    expect(snippetOf('Short text', ['sho'])).toBe('Short text');
    expect(snippetOf('\u001B[1mShort\u001B[0m\ntext', ['sho'])).toBe('Short text');
    expect(labelMatches('env', 'prod', ['=env=pr'])).toBe(true);
    expect(labelMatches('env', 'prod', ['pro'])).toBe(true);
    expect(labelMatches('env', 'prod', ['=env=x'])).toBe(false);
  });
});
