<?php
// notifications.json: notifications as AliKassa sends them, and forged ones. notification.json: one of them, as JSON.
// Signed as AliKassa does; `php` is what the check on AliKassa's page says of the query string.
declare(strict_types=1);
require __DIR__ . '/lib.php';

const SAMPLE = [
    'type' => 'payout', 'id' => '100000536', 'order_id' => '6422494', 'payment_status' => 'paid', 'amount' => '300.00',
    'payment_amount' => '300.00', 'commission_amount' => '10', 'is_partial_payment' => '0', 'account' => '93d5df06-996c-48c3-9847-348d6b580b80',
    'service' => 'payment_card_rub', 'desc' => 'Выплата 6422494',
];
const FIELDS = [...SAMPLE, 'card_brand' => 'VISA'];
const DIGESTS = ['sha1' => OPENSSL_ALGO_SHA1, 'sha256' => OPENSSL_ALGO_SHA256];

function private_key(string $name): OpenSSLAsymmetricKey
{
    return openssl_pkey_get_private(file_get_contents(VECTORS . "/keys/plain-$name.pem")) ?: fail("$name does not open");
}

function signed(string $text, string $key = '1024', int $algorithm = OPENSSL_ALGO_SHA1): string
{
    openssl_sign($text, $signature, private_key($key), $algorithm) || fail("$key does not sign");
    return base64_encode($signature);
}

/** The sample with other values; null leaves a field out. */
function sample(array $changes = []): array
{
    return array_filter([...SAMPLE, ...$changes], fn ($value) => $value !== null);
}

$records = [];
/** A record of a query string or a JSON body. `shown` is what is to be seen of one that verifies: what was signed, and nothing else. */
function add(string $name, string $input, array $more, string $key = '1024'): void
{
    global $records;
    $public = openssl_pkey_get_public(file_get_contents(VECTORS . "/public/spki-$key.pem")) ?: fail("$key does not open");
    $kind = str_starts_with(ltrim($input), '{') ? 'body' : 'query';
    $records[] = ['name' => $name, 'key' => "spki-$key.pem", $kind => $input, ...$more, 'php' => php_verifies($input, $public)];
}
/** What is shown of signed fields: in AliKassa's order, whatever order they came in; the flag as PHP's own filter sees it, where that knows the word. */
function shown(array $signed): array
{
    $documented = array_intersect_key($signed, FIELDS);
    $documented = array_merge(array_intersect_key(array_map(fn () => null, FIELDS), $documented), $documented);
    if (in_array($documented['is_partial_payment'] ?? null, ['0', '1', 'true', 'false'], true)) {
        $documented['is_partial_payment'] = filter_var($documented['is_partial_payment'], FILTER_VALIDATE_BOOLEAN);
    }
    return $documented;
}
/** One that verifies. `$get` is what PHP would have in $_GET. */
function good(string $name, array $get, array $options = []): void
{
    ['key' => $key, 'digest' => $digest, 'form' => $form, 'sign' => $sign, 'query' => $query, 'blank' => $blank] = $options
        + ['key' => '1024', 'digest' => 'sha1', 'form' => 'documented', 'sign' => fn ($sign) => $sign, 'query' => null, 'blank' => false];
    $base64 = $sign(signed(notification_text($get, $form), $key, DIGESTS[$digest]));
    $query = ($query ?? fn ($get) => http_build_query($get))([...$get, 'sign' => $base64]);
    $left_out = LEFT_OUT[preg_replace('/_boolean|_unescaped/', '', $form)];
    add($name, $query, ['shown' => shown(array_diff_key($get, array_flip($left_out))), 'form' => "{$form}_$digest"], $key);
    if ($sign('+/') === '+/' && !$blank) {
        check_last();
    }
}
/** One whose JSON body is signed. `$body` is a text with the place of the signature in it; a form of the documented fields has `$get`. */
function good_body(string $name, string $body, string $form, string $digest, ?array $get = null): void
{
    $unsigned = str_replace('SIGN', '', $body);
    $text = $get === null ? whole_body_text($unsigned, $form) : notification_text($get, $form);
    // Amounts and ids are text, whatever they were signed as.
    $shown = array_filter(json_decode($text, true), fn ($value) => $value !== null);
    foreach (array_intersect_key($shown, FIELDS) as $field => $value) {
        $shown[$field] = is_bool($value) ? ($value ? '1' : '0') : (is_string($value) ? $value : json_encode($value));
    }
    // Objects stay objects: an empty one would become a list.
    $others = array_filter((array) json_decode($text), fn ($value) => $value !== null);
    $shown = (object) [...shown($shown), ...array_diff_key($others, FIELDS)];
    add($name, str_replace('SIGN', signed($text, '1024', DIGESTS[$digest]), $body), ['shown' => $shown, 'form' => "{$form}_$digest"]);
    check_last();
}
/** The form that PHP's own check finds must be the one that was signed, or one before it with the same text. */
function check_last(): void
{
    ['name' => $name, 'form' => $form, 'php' => $php] = end($GLOBALS['records']);
    if ($php !== $form) {
        fail('PHP\'s own check says ' . json_encode($php) . ", not $form, of: $name");
    }
}
/** One that is to be refused. */
function bad(string $name, string $input, string $error, ?string $field = null): void
{
    add($name, $input, ['error' => $error] + ($field === null ? [] : ['field' => $field]));
}

foreach (['1024', '2047', '2048', '2049', '3072', '4096', '8192', 'e3-2048', '3primes-2048'] as $key) {
    foreach (array_keys(DIGESTS) as $digest) {
        good("the sample, $key, $digest", sample(), ['key' => $key, 'digest' => $digest]);
    }
}
foreach (array_keys(DIGESTS) as $digest) {
    good("commission_amount neither came nor was signed, $digest", sample(['commission_amount' => null]), ['digest' => $digest, 'form' => 'without_commission']);
    good("commission_amount came and was not signed, $digest", sample(), ['digest' => $digest, 'form' => 'without_commission']);
    good("commission_amount did not come and was signed as null, $digest", sample(['commission_amount' => null]), ['digest' => $digest]);
}
foreach (['wait', 'cancel', 'fail', 'on_hold', 'PAID', '0'] as $status) {
    good("payment_status $status", sample(['payment_status' => $status]));
}
foreach (['payment', 'refund', 'Payout'] as $type) {
    good("type $type", sample(['type' => $type]));
}
foreach (['0', '1', '-5', '2147483648', '9007199254740993', '9223372036854775807', '-9223372036854775808'] as $id) {
    good("id $id", sample(['id' => $id]));
}
foreach (['order_id', 'amount', 'payment_amount', 'is_partial_payment', 'account', 'service', 'desc'] as $field) {
    good("without $field", sample([$field => null]));
    good("an empty $field", sample([$field => '']));
}
good('type, id and payment_status alone', ['type' => 'payout', 'id' => '1', 'payment_status' => 'paid']);
good('an empty commission_amount', sample(['commission_amount' => '']));
$descriptions = [
    'Cyrillic and slashes' => 'Оплата/1 по договору №5/А — «Ёлка»', 'slashes alone' => '/a//b/', 'quotes' => "a \"b\" 'c'", 'backslashes' => '\\ \\\\ \\n \\/ \\u0041',
    'emoji' => '🔑 👩‍👩‍👧 𝔘', 'control characters' => "\x01\x08\x09\x0A\x0C\x0D\x1F\x7F", 'NUL' => "a\0b", 'line separators' => "\u{2028}\u{2029}\u{85}\u{A0}",
    'HTML' => '<b>&amp;</b>', 'what a query string is made of' => 'a=b&c=d;e?f#g%20h+i j', 'the edges of UTF-8' => "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}",
    'a byte order mark' => "\u{FEFF}x", 'the word null' => 'null', 'JSON' => '","payment_status":"fail","desc":"', 'blanks around' => '  a  ', '2000 characters' => str_repeat('Ы/', 1000),
    'combining characters' => "e\u{301} \u{E9}", 'right to left' => "\u{202E}abc",
];
foreach ($descriptions as $name => $desc) {
    good("desc: $name", sample(['desc' => $desc]), ['digest' => strlen($desc) % 2 ? 'sha1' : 'sha256']);
}
foreach (['300', '300.0', '0.10', '93.84000000', '1e5', '-0', '00300.00', ' 300', '300,00', '0x1F', '٣٠٠', '99999999999999999999999.99', 'true'] as $amount) {
    good("amount $amount", sample(['amount' => $amount, 'payment_amount' => $amount, 'commission_amount' => $amount]));
}
foreach (['1', 'true', 'false', 'yes', '2', 'False'] as $flag) {
    good("is_partial_payment $flag", sample(['is_partial_payment' => $flag]));
}
good('every value in Cyrillic', array_map(fn ($value) => ctype_digit($value) ? $value : "ы$value", sample()));
good('in another order', array_reverse(sample(), true));
// To PHP these are names of other fields, or of none.
foreach (['id[', '[id', '[id]', 'order_id]', '.id', 'id.', 'payment.status[x', 'order[.id', 'order]id', 'order[i]d', 'ID'] as $name) {
    good("with $name, which is no documented field", sample(), ['query' => fn ($get) => "$name=1&" . http_build_query($get)]);
}
good('with parameters that are not documented', [...sample(), 'utm_source' => 'a', 'is_final' => '1', 'rrn' => '1', 'order-id' => 'x', 'ID' => '2', 'id2' => '3', 'signature' => 'QUJD'],
    ['query' => fn ($get) => 'a=1&a=2&b[]=3&&=&c&' . http_build_query($get)]);

// A base64 that has a plus and a slash.
for ($n = 0; ; $n++) {
    $fields = sample(['desc' => "Выплата/$n"]);
    $base64 = signed(notification_text($fields));
    if (preg_match('/\+.*\+/', $base64) && str_contains($base64, '/')) {
        break;
    }
}
$raw = fn ($get) => http_build_query(array_diff_key($get, ['sign' => 1])) . '&sign=' . $get['sign'];
good('sign: not percent-encoded, so that a plus becomes a blank', $fields, ['query' => $raw, 'blank' => true]);
good('sign: a plus that became a blank before it was encoded', $fields, ['sign' => fn ($sign) => strtr($sign, '+', ' ')]);
good('sign: without its padding', $fields, ['sign' => fn ($sign) => rtrim($sign, '=')]);
good('sign: with half of its padding', sample(), ['key' => '2048', 'sign' => fn ($sign) => rtrim($sign, '=') . '=']);
good('sign: in lines, CRLF', $fields, ['sign' => fn ($sign) => chunk_split($sign)]);
good('sign: in lines, LF', $fields, ['sign' => fn ($sign) => chunk_split($sign, 64, "\n")]);


// Every form, as a query string and as a JSON body, which has one type or another. A slash and a flag keep the texts apart.
$told = sample(['desc' => 'Выплата 1/2', 'card_brand' => 'VISA/1']);
$with_sign = fn (array $fields, int $flags = 0) => json_encode([...$fields, 'sign' => 'SIGN'], $flags | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
$typed = [...$told, 'id' => 100000536, 'is_partial_payment' => false];
foreach (array_keys(DIGESTS) as $digest) {
    foreach (notification_forms() as $form) {
        if (!str_starts_with($form, 'whole_body')) {
            good("form $form, $digest", $told, ['form' => $form, 'digest' => $digest]);
            good_body("form $form, $digest, in a body of strings", $with_sign($told), $form, $digest, $told);
            good_body("form $form, $digest, in a body with types and more", $with_sign(['new' => ['a' => 1], ...$typed]), $form, $digest, $told);
        } else {
            good_body("form $form, $digest", $with_sign([...array_reverse($typed, true), 'new' => 'a/b']), $form, $digest);
        }
    }
    good("form card_brand_boolean, $digest, and no card_brand came", sample(['desc' => '/']), ['form' => 'card_brand_boolean', 'digest' => $digest]);
}
foreach (['1', 'true', 'false'] as $flag) {
    good("form documented_boolean, the flag came as $flag", sample(['is_partial_payment' => $flag]), ['form' => 'documented_boolean']);
    // The text that is signed has no such word.
    $GLOBALS['records'][array_key_last($records)]['shown']['is_partial_payment'] = $flag !== 'false';
}
$bodies = [
    'every type' => '{"type":"payout","id":1,"payment_status":"paid","n":1.25,"t":true,"f":false,"null":null,"e":[],"o":{},"a":[1,{"b":"/"}],"s":"ы/","sign":"SIGN"}',
    'sign first' => '{"sign":"SIGN","type":"payout","id":"1","payment_status":"paid","x":1}',
    'other blanks and escapes' => " {\n \"type\" : \"p\\u0061yout\", \"id\": 1,\t\"payment_status\":\"paid\",\r\n \"desc\":\"\\u044B\\u2028\\/ы\", \"x\":{ \"a\" : [ ] }, \"sign\":\"SIGN\"} ",
    'amounts as numbers' => '{"type":"payout","id":1,"payment_status":"paid","amount":300,"payment_amount":100.5,"commission_amount":0.1,"x":0,"sign":"SIGN"}',
    'numbers of every size' => '{"type":"payout","id":9223372036854775807,"payment_status":"paid","a":9.223372036854776e+18,"b":1.0e+25,"c":1.0e-7,"d":0.1,"e":0,"f":1.2345678901234568e+22,"sign":"SIGN"}',
    'nulls' => '{"type":"payout","id":"5","order_id":null,"payment_status":"paid","amount":null,"x":null,"sign":"SIGN"}',
    'names of every kind' => '{"type":"payout","id":1,"payment_status":"paid","":"a","a b":1,"ключ":2,"a\/b":3,"a\"b":4,"ID":"9","signature":"x","sign":"SIGN"}',
    'an undocumented field twice' => '{"type":"payout","id":1,"x":"first","payment_status":"paid","x":"last","sign":"SIGN"}',
    'a flag of another word' => '{"id":"7","type":"payment","payment_status":"wait","is_partial_payment":"no","x":"","sign":"SIGN"}',
    'a nested sign' => '{"type":"payout","id":1,"payment_status":"paid","x":{"sign":"a","id":2,"payment_status":"fail"},"sign":"SIGN"}',
    'types alone' => '{"type":"payout","id":"1","payment_status":"paid","is_partial_payment":true,"account":5,"sign":"SIGN"}',
];
foreach ($bodies as $name => $body) {
    good_body("whole body: $name", $body, 'whole_body', strlen($body) % 2 ? 'sha1' : 'sha256');
}
$unsigned = fn (string $body) => str_replace('"SIGN"', 'null', $body);
$signed_body = fn (string $body, ?string $text = null) => str_replace('SIGN', signed($text ?? whole_body_text($body, 'whole_body')), $body);
$whole = '{"type":"payout","id":1,"payment_status":"paid","x":"a/ы","y":[1,2],"sign":"SIGN"}';
$changes = [
    'a value changed' => ['"a\/', '"b\/'], 'a type changed' => ['"id":1', '"id":"1"'], 'a field added' => ['"y"', '"z":null,"y"'], 'a field taken away' => ['"x":"a/ы",', ''],
    'a name changed' => ['"x"', '"X"'], 'two fields swapped' => ['"type":"payout","id":1', '"id":1,"type":"payout"'], 'a list turned round' => ['[1,2]', '[2,1]'], 'a float in place of an integer' => ['[1,2]', '[1,2.5]'],
    'the last of two counts' => ['"y"', '"x":"b","y"'],
];
$signed_whole = $signed_body($whole);
foreach ($changes as $name => [$from, $to]) {
    $changed = str_replace(str_replace('\/', '/', $from), str_replace('\/', '/', $to), $signed_whole);
    $changed !== $signed_whole || fail("nothing changed: $name");
    bad("whole body: $name", $changed, 'does_not_verify');
}
bad('whole body: in Unicode', $signed_body($whole, json_encode(json_decode($unsigned('{"type":"payout","id":1,"payment_status":"paid","x":"a/ы","y":[1,2]}')), JSON_UNESCAPED_UNICODE)), 'does_not_verify');
bad('whole body: with sign in it', $signed_body($whole, json_encode(json_decode($unsigned($whole)))), 'does_not_verify');
bad('whole body: as a query string, of strings', http_build_query([...SAMPLE, 'sign' => signed(json_encode(SAMPLE))]), 'does_not_verify');
foreach (['"12abc"', '1.0', '1e0', '"01"', '9223372036854775808', '-0'] as $id) {
    bad("whole body: id $id", $signed_body(str_replace('"id":1', "\"id\":$id", $whole)), 'bad_id');
}
foreach (['type', 'id', 'payment_status'] as $field) {
    bad("whole body: without $field", $signed_body(preg_replace("/\"$field\":[^,]+,/", '', $whole)), 'missing', $field);
    bad("whole body: null as its $field", $signed_body(preg_replace("/\"$field\":[^,]+,/", "\"$field\":null,", $whole)), 'missing', $field);
    bad("whole body: a list as its $field", $signed_body(preg_replace("/\"$field\":([^,]+),/", "\"$field\":[$1],", $whole)), 'wrong_type', $field);
    bad("whole body: $field twice", $signed_body(preg_replace("/(\"$field\":[^,]+,)/", '$1$1', $whole)), 'twice', $field);
    bad("whole body: $field and {$field}[]", $signed_body(str_replace('"x"', "\"{$field}[]\":1,\"x\"", $whole)), 'alias', $field);
}
bad('whole body: payment[status and payment_status', $signed_body(str_replace('"x"', '"payment[status":"fail","x"', $whole)), 'alias', 'payment_status');

// Under one signature, PHP's cast would let more than one payout be named.
foreach (['100000536abc', ' 100000536', '100000536 ', '0100000536', '+100000536', '100000536.9', '1.00000536e8', '9223372036854775808', '99999999999999999999', '-9223372036854775809', '-0', 'abc', '0x5F5E318', '١'] as $id) {
    $fields = sample(['id' => $id]);
    bad("id $id", http_build_query([...$fields, 'sign' => signed(notification_text($fields))]), 'bad_id');
}
foreach (['type', 'id', 'payment_status'] as $field) {
    foreach ([null, ''] as $value) {
        $fields = sample([$field => $value]);
        bad(($value === null ? 'without ' : 'an empty ') . $field, http_build_query([...$fields, 'sign' => signed(notification_text($fields))]), 'missing', $field);
    }
}
$query = http_build_query([...SAMPLE, 'sign' => signed(notification_text(SAMPLE))]);
foreach (array_keys(SAMPLE) as $field) {
    $value = urlencode(SAMPLE[$field]);
    // PHP takes the last one, which is the one that was signed.
    bad("another $field before the signed one", "$field=1&$query", 'twice', $field);
    bad("another $field after the signed one", "$query&$field=1", 'twice', $field);
    bad("the same $field twice", "$query&$field=$value", 'twice', $field);
    bad("$field as an array before the signed one", "{$field}[]=1&$query", 'alias', $field);
    bad("$field as an array alone", str_replace("$field=$value", "{$field}%5B0%5D=$value", $query), 'alias', $field);
    bad("another $field", str_replace("$field=$value", "$field=2", $query), 'does_not_verify');
    if (!in_array($field, ['type', 'id', 'payment_status'], true)) {
        bad("$field taken away", str_replace("&$field=$value", '', $query), 'does_not_verify');
    }
}
// To PHP these are names of documented fields too.
foreach (['order.id' => 'order_id', 'order%20id' => 'order_id', 'payment.status' => 'payment_status', '%20id' => 'id', '++id' => 'id', 'id%00x' => 'id', 'desc%00' => 'desc', 'id[a][b]' => 'id', 'payment[status' => 'payment_status', 'payment%5Bstatus' => 'payment_status',
    'order[id' => 'order_id', 'card[brand' => 'card_brand', 'is[partial[payment' => 'is_partial_payment', 'is[partial.payment' => 'is_partial_payment', 'is[partial payment' => 'is_partial_payment', 'order[id%00]' => 'order_id',
    'id[x]y' => 'id', 'type[x][y' => 'type', '+order[id' => 'order_id'] as $name => $field) {
    bad("$field spelled $name, after the signed one", "$query&$name=1", 'alias', $field);
    bad("$field spelled $name, before the signed one", "$name=1&$query", 'alias', $field);
}
bad('sign twice', "$query&sign=QUJD", 'twice', 'sign');
bad('sign as an array', "sign[]=QUJD&$query", 'alias', 'sign');
bad('without sign', http_build_query(SAMPLE), 'no_sign');
bad('an empty sign', http_build_query([...SAMPLE, 'sign' => '']), 'no_sign');
bad('nothing at all', '', 'no_sign');
$sign = signed(notification_text(SAMPLE));
$with = fn (string $name, string $sign, string $error = 'does_not_verify') => bad("sign: $name", http_build_query([...SAMPLE, 'sign' => $sign]), $error);
$with('not base64', "$sign*", 'not_base64');
$with('base64 for URLs', strtr(signed(notification_text($fields = sample(['desc' => "Выплата/$n"]))), '+/', '-_'), 'not_base64');
$with('percent-encoded twice', urlencode($sign), 'not_base64');
$with('a single character', 'A', 'not_base64');
$with('in hex', bin2hex(base64_decode($sign)));
$with('three bytes', 'QUJD');
$with('a byte too few', base64_encode(substr(base64_decode($sign), 0, -1)));
$with('the first byte missing', base64_encode(substr(base64_decode($sign), 1)));
$with('a byte too many', base64_encode(base64_decode($sign) . "\0"));
$with('a zero in front', base64_encode("\0" . base64_decode($sign)));
$with('all zero', base64_encode(str_repeat("\0", 128)));
$with('all ones', base64_encode(str_repeat("\xFF", 128)));
$with('of nothing', signed(''));
$with('of another notification', signed(notification_text(sample(['amount' => '301.00']))));
$with('with another key', signed(notification_text(SAMPLE), '2048'));
foreach (['MD5' => OPENSSL_ALGO_MD5, 'SHA-224' => OPENSSL_ALGO_SHA224, 'SHA-384' => OPENSSL_ALGO_SHA384, 'SHA-512' => OPENSSL_ALGO_SHA512] as $name => $algorithm) {
    $with("with $name", signed(notification_text(SAMPLE), '1024', $algorithm));
}
$with('of JSON with the id as a string', signed(json_encode(SAMPLE)));
$with('of JSON in JavaScript\'s form', signed(json_encode([...SAMPLE, 'id' => 100000536], JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES)));
$with('of the query string', signed(http_build_query(SAMPLE)));
$with('of JSON with sign in it', signed(json_encode([...SAMPLE, 'id' => 100000536, 'sign' => null])));
$with('of a redirect to the shop', signed(json_encode(['order_id' => SAMPLE['order_id'], 'uuid' => SAMPLE['account']])));

// As other writers of JSON have it: the test compares `shown` as text.
write_records('notifications.json', $records, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS);
$sample = [...SAMPLE, 'sign' => signed(notification_text(SAMPLE), '2048')];
file_put_contents(VECTORS . '/notification.json', json_encode($sample, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE) . "\n");
