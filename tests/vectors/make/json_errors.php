<?php
// php_json_errors.json: texts that PHP does not read, or reads and then does not write.
// `stage` says which. Most of the first kind are no JSON at all; the exceptions say so in `valid_json`.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$cases = [];
function refuse(string $name, string $json, bool $valid = false, bool $hex = false): void
{
    global $cases;
    $value = json_decode($json);
    $stage = json_last_error() === JSON_ERROR_NONE ? 'encode' : 'decode';
    if ($stage === 'encode') {
        json_encode($value) === false or fail("PHP takes $name");
    }
    $text = $hex ? ['json_hex' => bin2hex($json)] : ['json' => $json];
    $cases[] = ['name' => $name, ...$text, 'stage' => $stage, 'error' => json_last_error_msg(), 'valid_json' => $valid];
}

// Valid by the grammar of JSON, and still refused.
foreach (['1e400', '-1e400', '[1e400]', '{"a":1e309}', '1.7976931348623159e308', '1' . str_repeat('0', 309), '-1' . str_repeat('0', 400) . '.0'] as $text) {
    refuse('infinite: ' . substr($text, 0, 24), $text, true);
}
foreach (['"\ud800"', '"\uDBFF"', '"\udc00"', '"\uDFFF"', '"\ud800\ud800"', '"\udc00\ud800"', '"\ud800a"', '"\ud800\u0041"', '"\ud83d\n\ude00"', '{"\ud800":1}', '["ok","\udfff"]'] as $text) {
    refuse("lone surrogate: $text", $text, true);
}
foreach (['{"\u0000":1}', '{"\u0000a":1}', '{"ok":1,"\u0000*\u0000x":2}'] as $text) {
    refuse("a key that begins with NUL: $text", $text, true);
}
foreach ([512, 513, 1000, 5000] as $depth) {
    refuse("$depth lists deep", str_repeat('[', $depth) . str_repeat(']', $depth), true);
    if ($depth < 5000) {
        refuse("$depth objects deep", str_repeat('{"a":', $depth) . '1' . str_repeat('}', $depth), true);
    }
}
// No UTF-8.
$broken = [
    'a continuation byte alone' => '80', 'lead of two, nothing after' => 'c3', 'lead of three, one after' => 'e282', 'lead of four, two after' => 'f09f98',
    'overlong slash in two' => 'c0af', 'overlong NUL' => 'c080', 'overlong in three' => 'e080af', 'overlong in four' => 'f08080af', 'C1' => 'c1bf',
    'U+D800 in bytes' => 'eda080', 'U+DFFF in bytes' => 'edbfbf', 'a pair of surrogates in bytes' => 'eda0bdedb880', 'above U+10FFFF' => 'f4908080',
    'F5' => 'f5808080', 'FE' => 'fe', 'FF' => 'ff', 'Windows-1251' => 'cff0e8e2e5f2', 'Latin-1' => '636166e9',
];
foreach ($broken as $name => $hex) {
    refuse("in a value: $name", '"' . hex2bin($hex) . '"', false, true);
    refuse("in a key: $name", '{"' . hex2bin($hex) . '":1}', false, true);
}
foreach (['a UTF-8 BOM' => "\xEF\xBB\xBF{}", 'UTF-16' => "{\0}\0", 'a NUL after the end' => "{}\0", 'a vertical tab outside' => "[\x0B1]", 'a no-break space outside' => "[\xC2\xA01]"] as $name => $text) {
    refuse($name, $text, false, true);
}
// No JSON.
for ($c = 0; $c < 0x20; $c++) {
    refuse(sprintf('U+%04X raw in a string', $c), '"' . chr($c) . '"', false, true);
}
$broken = ['', ' ', '[', ']', '{', '}', '[1,]', '[,1]', '[1 2]', '{"a":1,}', '{"a"}', '{"a":}', '{a:1}', "{'a':1}", '{"a":1 "b":2}', '{1:2}', '[1]]', '{}{}', '1 2', '"', '"a', '"\\"', '"\x"', '"\u12"', '"\u12G4"', '"\U0041"',
    '01', '-01', '1.', '.5', '-.5', '+1', '-', '- 1', '1e', '1e+', '1.e5', '0x10', '1_000', 'NaN', 'Infinity', '-Infinity', 'nul', 'TRUE', 'True', '[NULL]', 'undefined', '// a', '/* a */ 1', '[1, // a'];
foreach ($broken as $text) {
    refuse("syntax: $text", $text);
}
write_records('php_json_errors.json', $cases);
