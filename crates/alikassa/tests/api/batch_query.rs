//! The queries of a batch.

use alikassa::{InvalidRequest, PayoutQuery};

type Batch = Result<Vec<Result<PayoutQuery, InvalidRequest>>, InvalidRequest>;

fn batch(json: &str) -> Batch {
    PayoutQuery::batch_from_json(json.as_bytes())
}

/// A batch of these queries, as JSON.
fn batch_of<'a>(queries: impl IntoIterator<Item = &'a str>) -> String {
    format!(r#"{{"payouts":[{}]}}"#, queries.into_iter().collect::<Vec<_>>().join(","))
}

#[test]
fn accepts_1_to_40_queries_in_order() {
    for count in [1, 2, 6, 39, 40] {
        let queries: Vec<String> = (0..count).map(|number| format!(r#"{{"id":{number}}}"#)).collect();
        let read = batch(&batch_of(queries.iter().map(String::as_str))).unwrap();
        let expected: Vec<_> = (0..count).map(|number: i32| PayoutQuery::id(number.to_string())).collect();
        assert_eq!(read, expected);
    }
}

#[test]
fn rejects_an_empty_or_too_long_batch_with_its_size() {
    for count in [0, 41, 80, 10_000] {
        // The size is checked before the queries.
        for query in [r#"{"id":"1"}"#, "null"] {
            let outcome = batch(&batch_of(vec![query; count]));
            assert_eq!(outcome, Err(InvalidRequest::BatchSize { count, limit: 40 }));
        }
    }
    let message = batch(&batch_of(vec!["1"; 41])).unwrap_err().to_string();
    assert!(message.contains("41") && message.contains("40") && message.contains("payouts"), "{message}");
}

#[test]
fn parses_each_query_on_its_own() {
    let long = format!(r#"{{"order_id":"{}"}}"#, "ж".repeat(129));
    let nested = format!(r#"{{"id":{}1{}}}"#, "[".repeat(300), "]".repeat(300));
    let odd = [
        r#"{"id":"100000536"}"#,
        r#"{"id":100000536}"#,
        r#"{"id":123456789012345678901234567890}"#,
        r#" { "order_id" : "6422494" } "#,
        r#"{"order_id":"Заказ № 7/8"}"#,
        r#"{"order_id":"\u0417\u0430\u043a\u0430\u0437"}"#,
        r#"{"\u0069d":"1"}"#,
        r#"{"order_id":"]}],{\"id\":\"1\"}"}"#,
        "{}",
        r#"{"id":""}"#,
        r#"{"id":"1","order_id":"2"}"#,
        r#"{"id":"1","id":"1"}"#,
        r#"{"orderId":"1"}"#,
        r#"{"payouts":[{"id":"1"}]}"#,
        r#"{"id":-1}"#,
        r#"{"id":1.0}"#,
        r#"{"id":1e99999}"#,
        r#"{"id":null}"#,
        r#"{"order_id":7}"#,
        r#"{"id":"\ud800"}"#,
        r#"{"\ud800":"1"}"#,
        "null",
        "true",
        "7",
        r#""100000536""#,
        "[]",
        r#"[{"id":"1"}]"#,
        long.as_str(),
        nested.as_str(),
    ];
    let good = PayoutQuery::id("1");
    for query in odd {
        let read =
            batch(&batch_of([r#"{"id":"1"}"#, query, r#"{"id":"1"}"#])).unwrap_or_else(|e| panic!("{query}: {e}"));
        assert_eq!(read, [good.clone(), PayoutQuery::from_json(query.trim().as_bytes()), good.clone()], "{query}");
    }
    let read = batch(&batch_of(odd)).unwrap();
    let expected: Vec<_> = odd.iter().map(|query| PayoutQuery::from_json(query.trim().as_bytes())).collect();
    assert_eq!(read, expected);
    assert_eq!(read.iter().filter(|query| query.is_ok()).count(), 8);
}

#[test]
fn keeps_duplicate_queries() {
    let read = batch(&batch_of(vec![r#"{"id":"1"}"#; 3])).unwrap();
    assert_eq!(read, vec![PayoutQuery::id("1"); 3]);
}

#[test]
fn accepts_any_notation_of_json() {
    let expected = batch(r#"{"payouts":[{"id":"1"},{"order_id":"2"}]}"#).unwrap();
    assert_eq!(expected, [PayoutQuery::id("1"), PayoutQuery::order_id("2")]);
    for json in [
        " {\r\n\t\"payouts\" :\n[ {\"id\" : \"1\"} , {\"order_id\":\"2\"} ] } \n",
        r#"{"\u0070ayouts":[{"id":1},{"order_id":"\u0032"}]}"#,
    ] {
        assert_eq!(batch(json).as_ref(), Ok(&expected), "{json}");
    }
}

#[test]
fn rejects_an_object_that_is_not_exactly_a_list_of_payouts() {
    for json in [
        "{}",
        r#"{"id":"1"}"#,
        r#"{"order_id":"1"}"#,
        r#"{"payouts":null}"#,
        r#"{"payouts":true}"#,
        r#"{"payouts":1}"#,
        r#"{"payouts":"[]"}"#,
        r#"{"payouts":{}}"#,
        r#"{"payouts":{"id":"1"}}"#,
        r#"{"payouts":{"0":{"id":"1"}}}"#,
        r#"{"Payouts":[{"id":"1"}]}"#,
        r#"{"payouts ":[{"id":"1"}]}"#,
        r#"{"payout":[{"id":"1"}]}"#,
        r#"{"__proto__":[{"id":"1"}]}"#,
        r#"{"payouts":[{"id":"1"}],"payouts":[{"id":"1"}]}"#,
        r#"{"payouts":[{"id":"1"}],"\u0070ayouts":[{"id":"2"}]}"#,
        r#"{"payouts":[],"payouts":[{"id":"2"}]}"#,
        r#"{"payouts":[{"id":"1"}],"concurrency":40}"#,
        r#"{"concurrency":null,"payouts":[{"id":"1"}]}"#,
        r#"{"payouts":[{"id":"1"}],"":0}"#,
        r#"{"id":"1","payouts":[{"id":"1"}]}"#,
    ] {
        assert_eq!(batch(json), Err(InvalidRequest::NotABatch), "{json}");
    }
}

#[test]
fn distinguishes_not_an_object_not_json_and_not_utf_8() {
    for json in ["[]", r#"[{"id":"1"}]"#, "null", "1", r#""payouts""#] {
        assert_eq!(batch(json), Err(InvalidRequest::NotABatch), "{json}");
    }
    for json in [
        "",
        " ",
        "{",
        r#"{"payouts":[{"id":"1"}]"#,
        r#"{"payouts":[{"id":"1"}}"#,
        r#"{"payouts":[{"id":"1"},]}"#,
        r#"{"payouts":[,{"id":"1"}]}"#,
        r#"{"payouts":[{"id":"1"} {"id":"2"}]}"#,
        r#"{"payouts":[{"id":"1",}]}"#,
        r#"{"payouts":[{"id":"1"}],}"#,
        r#"{"payouts":[{"id":"1"}]}x"#,
        r#"{"payouts":[{"id":"1"}]}{"payouts":[{"id":"1"}]}"#,
        r#"{"payouts":[{"id":007}]}"#,
        r#"{"payouts":[nul]}"#,
        r#"{"payouts":[{'id':'1'}]}"#,
        "{\"payouts\":[{\"id\":\"a\nb\"}]}",
        "\u{feff}{\"payouts\":[{\"id\":\"1\"}]}",
        "payouts[]=1",
    ] {
        assert!(matches!(batch(json), Err(InvalidRequest::BatchNotJson { .. })), "{json:?}: {:?}", batch(json));
    }
    for bytes in [&b"{\"payouts\":[{\"id\":\"\xff\"}]}"[..], b"\xff", b"{\"payouts\":[{\"id\":\"\xed\xa0\x80\"}]}"] {
        assert_eq!(PayoutQuery::batch_from_json(bytes), Err(InvalidRequest::NotUtf8), "{bytes:x?}");
    }
}

#[test]
fn survives_deep_nesting() {
    for (open, close) in [("[", "]"), (r#"{"payouts":"#, "}"), (r#"{"payouts":["#, "]}")] {
        for depth in [1_000, 100_000] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            for json in [format!("{open}1{close}"), open.clone()] {
                // Either no batch, or one whose only query is invalid.
                let is_refused = batch(&json).map_or(true, |queries| queries.iter().all(Result::is_err));
                assert!(is_refused, "{depth} levels of {:?}", &json[..12]);
            }
            let read = batch(&batch_of([&*format!("{open}1{close}"), r#"{"id":"1"}"#])).unwrap();
            assert!(read[0].is_err());
            assert_eq!(read[1], PayoutQuery::id("1"));
        }
    }
}

#[test]
fn shows_the_form_of_a_batch_in_every_error() {
    for json in ["", "[]", "{}", r#"{"id":"1"}"#, r#"{"payouts":[}"#, r#"{"payouts":{}}"#, r#"{"payouts":[]}"#] {
        let error = batch(json).unwrap_err();
        assert_eq!(error.code(), "invalid_request");
        assert!(error.to_string().contains("\"payouts\""), "{json}: {error}");
    }
}

/// The body is valid, but one of its queries is not.
#[test]
fn does_not_blame_the_body_for_an_invalid_query() {
    for query in ["7", "null", "[]", r#"{"\ud800":"1"}"#] {
        let error = batch(&batch_of([query])).unwrap().remove(0).unwrap_err();
        assert!(!error.to_string().contains("the body"), "{query}: {error}");
    }
}
