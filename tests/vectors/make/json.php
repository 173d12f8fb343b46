<?php
// php_json.json: what PHP makes of a JSON text when it reads and writes it again, with default flags.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$cases = [];
function add(string $name, string $json): void
{
    global $cases;
    if (isset($cases[$name])) {
        fail("two cases are called $name");
    }
    $value = json_decode($json);
    json_last_error() === JSON_ERROR_NONE or fail("$name does not decode: " . json_last_error_msg());
    $php = json_encode($value);
    $php !== false or fail("$name does not encode: " . json_last_error_msg());
    $cases[$name] = ['name' => $name, 'json' => $json, 'php' => $php];
}
/** A character as the input spells it: raw where JSON allows that, otherwise in upper-case hex, which PHP never writes. */
function raw(int $c): string
{
    return $c < 0x20 || $c === 0x22 || $c === 0x5C ? sprintf('\u%04X', $c) : utf8($c);
}

// Characters, in a value and in a key. (A key that begins with U+0000 is an error in PHP, so it comes second.)
$points = [...range(0, 0x1F), 0x20, 0x22, 0x27, 0x26, 0x2F, 0x3C, 0x3E, 0x5C, 0x7E, 0x7F, 0x80, 0x9F, 0xA0, 0xAD, 0xE9, 0xFF, 0x100, 0x301, 0x410, 0x44F, 0x401,
    0x7FF, 0x800, 0x0FFF, 0x1000, 0x200B, 0x200D, 0x2028, 0x2029, 0x20AC, 0x20BD, 0x4E00, 0xD7FF, 0xE000, 0xFDD0, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F600];
for ($plane = 1; $plane <= 16; $plane++) {
    $base = $plane << 16;
    array_push($points, $base, $base + 1, $base + 0x3FF, $base + 0x400, $base + 0x8421, $base + 0xFC00, $base + 0xFFFE, $base + 0xFFFF);
}
foreach ($points as $c) {
    $u = sprintf('U+%04X', $c);
    add("$u in a value", '"' . raw($c) . '"');
    add("$u in a key", '{"k' . raw($c) . '":"' . raw($c) . '!"}');
}
add('every short escape', '"\"\\\\\/\b\f\n\r\t"');
add('escapes in upper-case hex', '"\u00E9\u20AC\uD83D\uDE00\uABCD"');
add('escapes of plain letters', '{"\u0069\u0064":"\u0031\u002f\u005C\u0022"}');
add('slash raw and escaped', '["a/b","a\/b","http://x.y/?z=1"]');
add('html', '"<a href=\'x\'>&amp;</a>"');
add('Cyrillic', '{"описание":"Выплата №5 — «Ёлка»"}');
add('emoji with ZWJ', '{"👩‍👩‍👧‍👦":"👨🏽‍💻 🏳️‍🌈 🇷🇺"}');
add('combining and right to left', '"e\u0301 é שלום مرحبا"');
add('the README\'s string', '{"order_id":"a/b \"q\" é 😀 <>&\'"}');
add('NUL inside a key', '{"a\u0000b":"\u0000"}');
add('128 Cyrillic letters', '{"order_id":"' . str_repeat('Ж', 128) . '"}');
add('128 emoji', '{"order_id":"' . str_repeat('😀', 128) . '"}');

// Bodies of the specification.
add('spec: request', '{ "id" : "100000536" }');
add('spec: request by order_id', '{"order_id": "6422494"}');
add('spec: both', '{"order_id":"6422494","id":"100000536"}');
add('spec: balance', '[ ]');
add('spec: answer', file_get_contents(__DIR__ . '/answer.json'));
add('spec: answer with numbers', '{"payment_status":"paid","id":100000536,"amount":300,"payment_amount":93.84000000,"account_old_balance":1290.50,"rrn":null}');
add('error answer', '{"message":"The given data was invalid.","errors":{"order_id":["Обязательное поле."]}}');
add('notification', '{"type":"payout","id":100000536,"order_id":"6422494","payment_status":"paid","amount":"300.00","payment_amount":"300.00","commission_amount":null,"is_partial_payment":"0","account":"93d5df06-996c-48c3-9847-348d6b580b80","service":"payment_card_rub","desc":"a/b + é"}');

// Structure.
foreach (['null', 'true', 'false', '""', '[]', '{}', '[[]]', '[{}]', '{"a":{}}', '{"a":[]}', '[null,true,false]', '[[],[[]],{},[{}]]', '{"":""}', '{"":{"":[]}}'] as $text) {
    add("structure $text", $text);
}
add('blanks everywhere', " \t\r\n{ \"a\" :\n[ 1 ,\t2 , { } ] ,\r\"b\" : null } \n");
add('keys keep their order', '{"z":1,"a":2,"m":{"y":1,"b":2},"A":3}');
add('keys like integers', '{"10":1,"2":2,"1":3,"0":4,"-1":5,"01":6,"9223372036854775807":7,"9223372036854775808":8,"1.5":9}');
add('keys like a list', '{"0":"a","1":"b","2":"c"}');
add('keys like a list, backwards', '{"2":"c","1":"b","0":"a"}');
add('empty key between others', '{"b":1,"":2,"a":3}');
add('_empty_ is a key like another', '{"_empty_":1,"":2}');
add('a key twice: first place, last value', '{"a":1,"b":2,"a":3}');
add('a key twice, once escaped', '{"id":"1","order_id":"2","\u0069d":"3"}');
add('a key twice, like an integer', '{"7":1,"x":2,"7":{"7":3,"7":4}}');
add('keys of PHP\'s own', '{"__proto__":1,"__construct":2,"this":3,"constructor":4,"toJSON":5}');
add('nested 100 deep', str_repeat('[{"a":', 50) . '1' . str_repeat('}]', 50));
add('as deep as PHP goes: lists', str_repeat('[', 511) . '1' . str_repeat(']', 511));
add('as deep as PHP goes: objects', str_repeat('{"a":', 511) . '1' . str_repeat('}', 511));

foreach (require __DIR__ . '/numbers.php' as $number) {
    add("number $number", $number);
}
foreach (['-0', '-0.0', '1e25', '300.0', '9223372036854775808', '5e-324'] as $number) {
    add("number $number inside", "{\"n\":$number,\"l\":[$number]}");
}
write_records('php_json.json', $cases);
