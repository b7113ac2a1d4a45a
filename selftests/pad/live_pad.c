/* SPDX-License-Identifier: MIT */
/*
 * A gamepad without hardware, played from standard input: an Xbox-like pad at
 * /dev/input/event7 in the world of umockdev, and a program that runs there.
 *
 *   umockdev-wrapper live_pad PROGRAM [ARGUMENT]...
 *
 * One command a line, numbers in decimal:
 *
 *   event TYPE CODE VALUE   write that event
 *   state TYPE CODE VALUE   change what the device says when it is asked
 *   both TYPE CODE VALUE    as a real device does
 *   range CODE MIN MAX      of an axis
 *   vendor NUMBER, property NUMBER, name TEXT (to the end of the line)
 *   start                   run the program
 *   unplug                  the device goes
 *
 * At the end of its input the program gets SIGTERM, and "exit STATUS" is
 * printed, or "signal NUMBER".
 */
#include <errno.h>
#include <linux/input.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <umockdev.h>
#include <unistd.h>

#define NODE	"/dev/input/event7"

static const char description[] =
	"P: /devices/virtual/input/input7/event7\n"
	"N: input/event7\n"
	"E: DEVNAME=" NODE "\n"
	"E: ID_INPUT=1\n"
	"E: ID_INPUT_JOYSTICK=1\n"
	"E: MAJOR=13\n"
	"E: MINOR=71\n"
	"E: SUBSYSTEM=input\n"
	"A: dev=13:71\n";

static const int keys[] = {
	BTN_A, BTN_B, BTN_X, BTN_Y, BTN_TL, BTN_TR, BTN_SELECT, BTN_START,
	BTN_MODE, BTN_THUMBL, BTN_THUMBR,
};

/* What the device answers; the lock is for the thread that does. */
static struct {
	GMutex lock;
	unsigned char key[KEY_CNT / 8];
	struct input_absinfo axes[ABS_CNT];
	struct input_id id;
	unsigned char property;
	char name[200];
} state = {
	.id = { BUS_USB, 0x045e, 0x028e, 0x0110 },
	.name = "Live Pad",
};

static void set_bit(unsigned char *bits, unsigned int number, int on)
{
	if (on)
		bits[number / 8] |= (unsigned char)(1u << number % 8);
	else
		bits[number / 8] &= (unsigned char)~(1u << number % 8);
}

/* ---- questions of the program: ioctls ----------------------------------- */

static size_t put_types(unsigned char *answer)
{
	set_bit(answer, EV_SYN, 1);
	set_bit(answer, EV_KEY, 1);
	set_bit(answer, EV_ABS, 1);
	return 8;
}

static size_t put_keys(unsigned char *answer)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set_bit(answer, (unsigned int)keys[i], 1);
	return KEY_CNT / 8;
}

static size_t put_axes(unsigned char *answer)
{
	for (unsigned int i = 0; i < ABS_CNT; i++)
		if (state.axes[i].maximum || state.axes[i].minimum)
			set_bit(answer, i, 1);
	return ABS_CNT / 8;
}

static size_t put(unsigned char *answer, const void *from, size_t size)
{
	memcpy(answer, from, size);
	return size;
}

/*
 * Writes the answer to evdev's request @number: its size, or a negative errno.
 * Sizes and numbers are those of <linux/input.h>.
 */
static int answer_to(unsigned int number, unsigned char *answer)
{
	static const int version = EV_VERSION;

	if (number >= 0x40 && number < 0x40 + ABS_CNT)
		return (int)put(answer, &state.axes[number - 0x40],
				sizeof(state.axes[0]));
	switch (number) {
	case 0x01:
		return (int)put(answer, &version, sizeof(version));
	case 0x02:
		return (int)put(answer, &state.id, sizeof(state.id));
	case 0x06:
		return (int)put(answer, state.name, strlen(state.name) + 1);
	case 0x07:
	case 0x08:
		return -ENOENT;
	case 0x09:
		set_bit(answer, state.property, state.property != 0);
		return 4;
	case 0x18:
		return (int)put(answer, state.key, sizeof(state.key));
	case 0x20:
		return (int)put_types(answer);
	case 0x20 + EV_KEY:
		return (int)put_keys(answer);
	case 0x20 + EV_ABS:
		return (int)put_axes(answer);
	default:
		return 8;
	}
}

/* EVIOCSCLOCKID and EVIOCGRAB, which bring something and fetch nothing. */
static gboolean is_order(gulong request)
{
	return _IOC_NR(request) == 0xa0 || _IOC_NR(request) == 0x90;
}

static void fetch(UMockdevIoctlClient *client, gulong request)
{
	gsize size = _IOC_SIZE(request);
	unsigned char answer[_IOC_SIZEMASK + 1] = { 0 };
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(
		umockdev_ioctl_client_get_arg(client), 0, size, NULL);
	int ret;

	g_mutex_lock(&state.lock);
	ret = answer_to(_IOC_NR(request), answer);
	g_mutex_unlock(&state.lock);
	if (!data || ret < 0) {
		umockdev_ioctl_client_complete(client, -1,
					       data ? -ret : EFAULT);
		return;
	}
	umockdev_ioctl_data_update(data, 0, answer, size);
	g_object_unref(data);
	/* The fixed ones return 0, the ones with a size how much they wrote. */
	ret = _IOC_NR(request) < 0x06 || _IOC_NR(request) >= 0x40 ? 0 : ret;
	umockdev_ioctl_client_complete(client, MIN(ret, (int)size), 0);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client,
			 gpointer unused)
{
	gulong request = umockdev_ioctl_client_get_request(client);

	(void)base;
	(void)unused;
	if (_IOC_TYPE(request) != 'E')
		return FALSE;
	if (is_order(request))
		umockdev_ioctl_client_complete(client, 0, 0);
	else
		fetch(client, request);
	return TRUE;
}

static gpointer run_loop(gpointer loop)
{
	g_main_loop_run(loop);
	return NULL;
}

/* ---- orders of the test: lines of standard input ------------------------ */

struct stage {
	int hardware;
	char **program;
	pid_t child;
};

static void write_event(int fd, int type, int code, int value)
{
	struct input_event event = { .type = (__u16)type,
				     .code = (__u16)code,
				     .value = value };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	event.input_event_sec = now.tv_sec;
	event.input_event_usec = now.tv_nsec / 1000;
	if (write(fd, &event, sizeof(event)) != sizeof(event))
		perror("live_pad: write");
}

static void change_state(int type, int code, int value)
{
	g_mutex_lock(&state.lock);
	if (type == EV_KEY && code >= 0 && code < KEY_CNT)
		set_bit(state.key, (unsigned int)code, value);
	if (type == EV_ABS && code >= 0 && code < ABS_CNT)
		state.axes[code].value = value;
	g_mutex_unlock(&state.lock);
}

static void change_range(unsigned int code, int min, int max)
{
	g_mutex_lock(&state.lock);
	state.axes[code % ABS_CNT].minimum = min;
	state.axes[code % ABS_CNT].maximum = max;
	g_mutex_unlock(&state.lock);
}

static void start(struct stage *stage)
{
	stage->child = fork();
	if (stage->child != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Nobody but us holds the plug. */
	close(stage->hardware);
	execvp(stage->program[0], stage->program);
	perror("live_pad: exec");
	_exit(127);
}

static void obey(struct stage *stage, const char *line)
{
	int a, b, c;

	if (sscanf(line, "event %d %d %d", &a, &b, &c) == 3 ||
	    sscanf(line, "both %d %d %d", &a, &b, &c) == 3) {
		if (line[0] == 'b')
			change_state(a, b, c);
		write_event(stage->hardware, a, b, c);
	} else if (sscanf(line, "state %d %d %d", &a, &b, &c) == 3) {
		change_state(a, b, c);
	} else if (sscanf(line, "range %d %d %d", &a, &b, &c) == 3) {
		change_range((unsigned int)a, b, c);
	} else if (sscanf(line, "vendor %d", &a) == 1) {
		state.id.vendor = (__u16)a;
	} else if (sscanf(line, "property %d", &a) == 1) {
		state.property = (unsigned char)a;
	} else if (sscanf(line, "name %199[^\n]", state.name) == 1) {
		return;
	} else if (!strncmp(line, "start", 5)) {
		start(stage);
	} else if (!strncmp(line, "unplug", 6)) {
		close(stage->hardware);
	} else {
		fprintf(stderr, "live_pad: what is %s", line);
	}
}

static void end(pid_t child)
{
	int status;

	if (child <= 0)
		return;
	kill(child, SIGTERM);
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	fflush(stdout);
}

/* ---- the device --------------------------------------------------------- */

static void set_ranges(void)
{
	static const int sticks[] = { ABS_X, ABS_Y, ABS_RX, ABS_RY };

	for (size_t i = 0; i < 4; i++)
		state.axes[sticks[i]] = (struct input_absinfo){
			0, -32768, 32767, 16, 128, 0
		};
	state.axes[ABS_Z].maximum = 255;
	state.axes[ABS_RZ].maximum = 255;
	state.axes[ABS_HAT0X] = (struct input_absinfo){ 0, -1, 1, 0, 0, 0 };
	state.axes[ABS_HAT0Y] = (struct input_absinfo){ 0, -1, 1, 0, 0, 0 };
}

static UMockdevTestbed *make_device(GMainContext *context)
{
	UMockdevTestbed *testbed = umockdev_testbed_new();
	UMockdevIoctlBase *base;
	GError *error = NULL;

	if (!umockdev_testbed_add_from_string(testbed, description, &error))
		return NULL;
	g_main_context_push_thread_default(context);
	base = umockdev_ioctl_base_new();
	g_signal_connect(base, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	if (!umockdev_testbed_attach_ioctl(testbed, NODE, base, &error))
		return NULL;
	g_main_context_pop_thread_default(context);
	return testbed;
}

int main(int argc, char **argv)
{
	GMainContext *context = g_main_context_new();
	GMainLoop *loop = g_main_loop_new(context, FALSE);
	UMockdevTestbed *testbed;
	struct stage stage = { .program = argv + 1 };
	GThread *thread;
	char line[512];

	set_ranges();
	testbed = argc > 1 ? make_device(context) : NULL;
	if (!testbed)
		return 1;
	thread = g_thread_new("ioctl", run_loop, loop);
	stage.hardware = umockdev_testbed_get_dev_fd(testbed, NODE);
	while (fgets(line, sizeof(line), stdin))
		obey(&stage, line);
	end(stage.child);
	g_main_loop_quit(loop);
	g_thread_join(thread);
	g_object_unref(testbed);
	return 0;
}
