<?php
// php_strings.json: 500 strings of a fixed seed, as code points and as PHP writes them.
declare(strict_types=1);
require __DIR__ . '/lib.php';

mt_srand(424242);
$specials = [0, 8, 9, 10, 12, 13, 0x1F, 0x20, 0x22, 0x27, 0x2F, 0x5C, 0x7F, 0x80, 0x7FF, 0x800, 0x2028, 0x2029, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x10FFFF];
function point(array $specials): int
{
    return match (mt_rand(0, 6)) {
        0 => $specials[mt_rand(0, count($specials) - 1)],
        1 => mt_rand(0, 0x1F),
        2 => mt_rand(0x20, 0x7F),
        3 => mt_rand(0x80, 0x7FF),
        4 => mt_rand(0x800, 0xD7FF),
        5 => mt_rand(0xE000, 0xFFFF),
        6 => (mt_rand(1, 16) << 16) | mt_rand(0, 0xFFFF),
    };
}
$records = [];
for ($i = 0; $i < 500; $i++) {
    $points = [];
    for ($n = $i === 0 ? 0 : mt_rand(1, 20); $n > 0; $n--) {
        $points[] = point($specials);
    }
    $php = json_encode(implode('', array_map('utf8', $points)), JSON_THROW_ON_ERROR);
    $records[] = ['codepoints' => $points, 'php' => $php];
}
write_records('php_strings.json', $records);
