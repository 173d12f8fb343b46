//! Which payouts a batch asks for.

use alikassa_edge::{InvalidRequest, PayoutQuery};

type Batch = Result<Vec<Result<PayoutQuery, InvalidRequest>>, InvalidRequest>;

fn batch(json: &str) -> Batch {
    PayoutQuery::batch_from_json(json.as_bytes())
}

/// A batch of these queries, as JSON.
fn batch_of<'a>(queries: impl IntoIterator<Item = &'a str>) -> String {
    format!(r#"{{"payouts":[{}]}}"#, queries.into_iter().collect::<Vec<_>>().join(","))
}

#[test]
fn one_to_forty_queries_are_read_in_their_order() {
    for count in [1, 2, 6, 39, 40] {
        let queries: Vec<String> = (0..count).map(|number| format!(r#"{{"id":{number}}}"#)).collect();
        let read = batch(&batch_of(queries.iter().map(String::as_str))).unwrap();
        let expected: Vec<_> = (0..count).map(|number: i32| PayoutQuery::id(number.to_string())).collect();
        assert_eq!(read, expected);
    }
}

#[test]
fn none_and_more_than_forty_are_refused_with_their_number() {
    for count in [0, 41, 80, 10_000] {
        // What each of them is does not matter any more.
        for query in [r#"{"id":"1"}"#, "null"] {
            let outcome = batch(&batch_of(vec![query; count]));
            assert_eq!(outcome, Err(InvalidRequest::BatchSize { count, limit: 40 }));
        }
    }
    let message = batch(&batch_of(vec!["1"; 41])).unwrap_err().to_string();
    assert!(message.contains("41") && message.contains("40") && message.contains("payouts"), "{message}");
}

#[test]
fn each_query_is_read_as_if_it_were_alone_and_a_bad_one_spoils_no_other() {
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
fn the_same_query_twice_is_two_queries() {
    let read = batch(&batch_of(vec![r#"{"id":"1"}"#; 3])).unwrap();
    assert_eq!(read, vec![PayoutQuery::id("1"); 3]);
}

#[test]
fn any_style_of_json_will_do() {
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
fn an_object_without_a_list_or_with_something_besides_is_no_batch() {
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
fn what_is_no_object_or_no_json_or_no_text_is_called_so() {
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
fn deep_nesting_does_not_exhaust_the_stack() {
    for (open, close) in [("[", "]"), (r#"{"payouts":"#, "}"), (r#"{"payouts":["#, "]}")] {
        for depth in [1_000, 100_000] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            for json in [format!("{open}1{close}"), open.clone()] {
                // Either no batch, or one whose single query is none.
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
fn every_refusal_of_a_batch_says_what_a_batch_looks_like() {
    for json in ["", "[]", "{}", r#"{"id":"1"}"#, r#"{"payouts":[}"#, r#"{"payouts":{}}"#, r#"{"payouts":[]}"#] {
        let error = batch(json).unwrap_err();
        assert_eq!(error.code(), "invalid_request");
        assert!(error.to_string().contains("\"payouts\""), "{json}: {error}");
    }
}

/// The body is sound: it is one of its queries that is not.
#[test]
fn the_refusal_of_one_query_does_not_blame_the_body() {
    for query in ["7", "null", "[]", r#"{"\ud800":"1"}"#] {
        let error = batch(&batch_of([query])).unwrap().remove(0).unwrap_err();
        assert!(!error.to_string().contains("the body"), "{query}: {error}");
    }
}
