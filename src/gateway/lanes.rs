//! Working on many things, some at a time.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// How many are worked on at once: a Worker has no more open connections than six.
const LANES: usize = 6;

/// Works on all of these, begun in their order and six at a time.
pub(crate) async fn in_lanes<T>(items: &[T], work: impl AsyncFn(&T)) {
    let next = Cell::new(0);
    // Each lane takes the next one that nobody has taken, until there is none.
    let lane = || async {
        while let Some(item) = items.get(next.replace(next.get() + 1)) {
            work(item).await;
        }
    };
    join((0..LANES.min(items.len())).map(|_| lane()).collect()).await;
}

/// Ends when all have ended.
async fn join<F: Future<Output = ()>>(lanes: Vec<F>) {
    let mut lanes: Vec<Pin<Box<F>>> = lanes.into_iter().map(Box::pin).collect();
    poll_fn(|context| {
        lanes.retain_mut(|lane| lane.as_mut().poll(context).is_pending());
        if lanes.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
