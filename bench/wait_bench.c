/* SPDX-License-Identifier: MIT */
/*
 * How long a sleeping reader takes to wake up, beside a bare futex; see
 * bench/README.md. The reader is another process, on the writer's CPU or on
 * another one.
 */
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sealmem/sealmem.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#ifdef HAVE_LIBURING
#include <liburing.h>
#endif

#define WAKES	  20
#define PART_SIZE 64
/* Long enough that the reader is asleep again, also on the same CPU. */
#define PAUSE_NS  60000

/* What both processes can write: how far they are, and what they measure. */
struct scores {
	uint32_t armed;
	double published_ns;
	double latencies_ns[WAKES];
};

struct bench {
	struct scores *scores;
	/* The bare futex: the same word twice, once for reading only. */
	uint32_t *word;
	const uint32_t *view;
	uint32_t seen;
	struct sealmem_readonly_region region;
	struct sealmem_snapshot_writer writer;
	struct sealmem_snapshot_reader reader;
	/* The reader's end and the writer's, of an eventfd or of sockets. */
	int fds[2];
	int epoll;
	uint8_t number;
};

/* A way to wake: what the writer does, and what the reader sleeps in. */
struct way {
	const char *name;
	void (*open)(struct bench *bench);
	void (*publish)(struct bench *bench);
	void (*sleep)(struct bench *bench);
	void (*close)(struct bench *bench);
};

/* ---- ways ------------------------------------------------------------ */

static long futex(const uint32_t *word, int op, uint32_t value)
{
	return syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

static void store_and_wake(struct bench *bench)
{
	__atomic_store_n(bench->word, *bench->word + 1, __ATOMIC_RELEASE);
	futex(bench->word, FUTEX_WAKE, INT_MAX);
}

static void sleep_on_futex(struct bench *bench)
{
	uint32_t now;

	while ((now = __atomic_load_n(bench->view, __ATOMIC_ACQUIRE)) ==
	       bench->seen)
		futex(bench->view, FUTEX_WAIT, now);
	bench->seen = now;
}

static void publish(struct bench *bench)
{
	char value[PART_SIZE];

	memset(value, ++bench->number, sizeof(value));
	BENCH_CHECK(sealmem_snapshot_write(&bench->writer, 0, value) == 0);
}

static void sleep_in_wait(struct bench *bench)
{
	BENCH_CHECK(sealmem_snapshot_wait(&bench->reader, -1) ==
		    SEALMEM_SNAPSHOT_FRESH);
}

static void sleep_in_epoll(struct bench *bench)
{
	struct epoll_event event;
	char bytes[4096];

	while (!sealmem_snapshot_has_changed(&bench->reader)) {
		BENCH_CHECK(epoll_wait(bench->epoll, &event, 1, -1) == 1);
		BENCH_CHECK(read(bench->fds[0], bytes, sizeof(bytes)) > 0);
	}
}

static void add_wake_fd(struct bench *bench)
{
	struct epoll_event event = { .events = EPOLLIN };
	uint32_t id;

	BENCH_CHECK(sealmem_snapshot_writer_add_wake_fd(
			    &bench->writer, bench->fds[1], &id) == 0);
	bench->epoll = epoll_create1(EPOLL_CLOEXEC);
	BENCH_CHECK(epoll_ctl(bench->epoll, EPOLL_CTL_ADD, bench->fds[0],
			      &event) == 0);
}

static void open_eventfd(struct bench *bench)
{
	bench->fds[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	bench->fds[1] = dup(bench->fds[0]);
	add_wake_fd(bench);
}

static void open_socket(struct bench *bench)
{
	BENCH_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			       bench->fds) == 0);
	add_wake_fd(bench);
}

static void close_wake_fd(struct bench *bench)
{
	BENCH_CHECK(sealmem_snapshot_writer_remove_wake_fd(&bench->writer,
							   0) == 0);
	close(bench->epoll);
	close(bench->fds[0]);
	close(bench->fds[1]);
}

#ifdef HAVE_LIBURING
/* The reader's own: rings do not go through fork. */
static struct io_uring ring;

static void open_ring(void)
{
	if (io_uring_queue_init(8, &ring, IORING_SETUP_SINGLE_ISSUER |
						  IORING_SETUP_DEFER_TASKRUN))
		BENCH_CHECK(io_uring_queue_init(8, &ring, 0) == 0);
}

static void sleep_in_ring(struct bench *bench)
{
	struct io_uring_cqe *cqe;

	if (ring.ring_fd == 0)
		open_ring();
	while (!sealmem_snapshot_has_changed(&bench->reader)) {
		BENCH_CHECK(sealmem_snapshot_prepare_wait(
				    &bench->reader,
				    io_uring_get_sqe(&ring)) == 0);
		BENCH_CHECK(io_uring_submit_and_wait(&ring, 1) == 1);
		BENCH_CHECK(io_uring_wait_cqe(&ring, &cqe) == 0);
		io_uring_cqe_seen(&ring, cqe);
	}
}
#endif

static const struct way ways[] = {
	{ "bare_futex", NULL, store_and_wake, sleep_on_futex, NULL },
	{ "snapshot_wait", NULL, publish, sleep_in_wait, NULL },
	{ "eventfd_epoll", open_eventfd, publish, sleep_in_epoll,
	  close_wake_fd },
	{ "socket_epoll", open_socket, publish, sleep_in_epoll, close_wake_fd },
#ifdef HAVE_LIBURING
	{ "io_uring", NULL, publish, sleep_in_ring, NULL },
#endif
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* ---- two processes --------------------------------------------------- */

static void pause_ns(long ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = ns }, NULL);
}

static bool pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

/*
 * A short slice, where the kernel takes a wish for one (6.12): then who wakes on
 * the writer's CPU runs at once, and not only when the writer sleeps. Without it
 * the rows of one CPU have two modes.
 */
static void ask_for_short_slice(void)
{
	/* struct sched_attr, which few C libraries have. */
	struct {
		uint32_t size;
		uint32_t policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t slice_ns;
		uint64_t deadline_ns;
		uint64_t period_ns;
	} attributes = { .size = sizeof(attributes), .slice_ns = 100000 };

	syscall(SYS_sched_setattr, 0, &attributes, 0);
}

/* Says that it is going to sleep, sleeps, and notes when it woke up. */
static void be_reader(struct bench *bench, const struct way *way, int cpu)
{
	struct scores *scores = bench->scores;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	BENCH_CHECK(pin(cpu));
	ask_for_short_slice();
	sealmem_snapshot_has_changed(&bench->reader);
	bench->seen = *bench->view;
	for (uint32_t i = 0; i < WAKES; i++) {
		__atomic_store_n(&scores->armed, i + 1, __ATOMIC_RELEASE);
		way->sleep(bench);
		scores->latencies_ns[i] = bench_now() - scores->published_ns;
	}
	_exit(0);
}

static void be_writer(struct bench *bench, const struct way *way)
{
	struct scores *scores = bench->scores;

	for (uint32_t i = 0; i < WAKES; i++) {
		while (__atomic_load_n(&scores->armed, __ATOMIC_ACQUIRE) <= i)
			pause_ns(10000);
		pause_ns(PAUSE_NS);
		scores->published_ns = bench_now();
		way->publish(bench);
	}
}

static double median_latency(struct bench *bench, const struct way *way,
			     int cpu)
{
	double *latencies_ns = bench->scores->latencies_ns;
	int status;
	pid_t pid;

	bench->scores->armed = 0;
	if (way->open)
		way->open(bench);
	pid = fork();
	BENCH_CHECK(pid >= 0);
	if (pid == 0)
		be_reader(bench, way, cpu);
	be_writer(bench, way);
	BENCH_CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	if (way->close)
		way->close(bench);
	qsort(latencies_ns, WAKES, sizeof(double), bench_compare);
	return latencies_ns[WAKES / 2];
}

static bool is_here(const struct way *way)
{
	return strcmp(way->name, "io_uring") != 0 ||
	       sealmem_features() & SEALMEM_FEATURE_URING_FUTEX;
}

static void measure(struct bench *bench, const char *group, int cpu)
{
	static double ns[WAYS][BENCH_ROUNDS], ratios[BENCH_ROUNDS];

	for (size_t round = 0; round < BENCH_ROUNDS; round++)
		for (size_t i = 0; i < WAYS; i++)
			if (is_here(&ways[i]))
				ns[i][round] =
					median_latency(bench, &ways[i], cpu);
	for (size_t i = 0; i < WAYS; i++) {
		if (!is_here(&ways[i]))
			continue;
		bench_print(group, ways[i].name, "", ns[i], "ns");
		for (size_t round = 0; round < BENCH_ROUNDS; round++)
			ratios[round] = ns[i][round] / ns[0][round];
		if (i != 0)
			bench_print(group, ways[i].name, "_ratio", ratios, "x");
	}
}

/* ---- what waking costs a writer when nobody waits --------------------- */

static double publish_times(struct bench *bench, unsigned int times,
			    enum sealmem_snapshot_wake policy,
			    uint32_t interval_us)
{
	double start;

	BENCH_CHECK(sealmem_snapshot_writer_set_wake(&bench->writer, policy,
						     interval_us) == 0);
	start = bench_now();
	for (unsigned int i = 0; i < times; i++)
		publish(bench);
	return bench_now() - start;
}

static double wake_never(void *context, unsigned int times)
{
	return publish_times(context, times, SEALMEM_SNAPSHOT_WAKE_NEVER, 0);
}

static double wake_always(void *context, unsigned int times)
{
	return publish_times(context, times, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0);
}

static double wake_every_ms(void *context, unsigned int times)
{
	return publish_times(context, times,
			     SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY, 1000);
}

static const struct bench_case policies[] = {
	{ "wake_never", wake_never },
	{ "wake_always", wake_always },
	{ "wake_every_ms", wake_every_ms },
};

/* ---- all together ---------------------------------------------------- */

static void open_bare(struct bench *bench)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);
	void *word, *view;

	BENCH_CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	view = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	BENCH_CHECK(word != MAP_FAILED && view != MAP_FAILED);
	close(fd);
	bench->word = word;
	bench->view = view;
}

static void open_snapshot(struct bench *bench)
{
	struct sealmem_snapshot_layout layout = {
		.struct_size = sizeof(layout),
		.part_count = 1,
		.part_size = PART_SIZE,
	};
	struct sealmem_writable_mapping mapping = { 0 };
	struct sealmem_readonly_mapping view = { 0 };
	size_t size;

	BENCH_CHECK(sealmem_snapshot_size(&layout, &size) == 0);
	BENCH_CHECK(sealmem_readonly_region_create(size, NULL, &bench->region,
						   &mapping) == 0);
	BENCH_CHECK(sealmem_readonly_region_map(&bench->region, &view) == 0);
	BENCH_CHECK(sealmem_snapshot_writer_init(&mapping, &layout,
						 &bench->writer) == 0);
	BENCH_CHECK(sealmem_snapshot_reader_init(&view, &layout,
						 &bench->reader) == 0);
}

static void close_snapshot(struct bench *bench)
{
	sealmem_snapshot_reader_close(&bench->reader);
	sealmem_snapshot_writer_close(&bench->writer);
	sealmem_readonly_region_close(&bench->region);
}

int main(void)
{
	static struct bench bench;
	int cpu = sched_getcpu(), other;

	bench_header("wait_bench");
	bench.scores = mmap(NULL, sizeof(*bench.scores),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	BENCH_CHECK(bench.scores != MAP_FAILED);
	open_bare(&bench);
	open_snapshot(&bench);
	bench_run("publish_64", policies,
		  sizeof(policies) / sizeof(policies[0]), &bench);
	BENCH_CHECK(sealmem_snapshot_writer_set_wake(
			    &bench.writer, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0) ==
		    0);
	for (other = 0; other < CPU_SETSIZE; other++)
		if (other != cpu && pin(other))
			break;
	BENCH_CHECK(pin(cpu));
	prctl(PR_SET_TIMERSLACK, 1);
	measure(&bench, "wake_same_cpu", cpu);
	if (other < CPU_SETSIZE)
		measure(&bench, "wake_other_cpu", other);
	else
		printf("# wake_other_cpu: there is one CPU\n");
	close_snapshot(&bench);
	return 0;
}
