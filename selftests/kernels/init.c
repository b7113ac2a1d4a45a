// SPDX-License-Identifier: MIT
/*
 * Process 1 of a virtual machine of scripts/run-vm: mounts what tests expect
 * to find, loads what is in /modules, runs each program of /tests in turn, says
 * on the console which one is running and how it ended, and switches the
 * machine off. Its own lines start with "@@ ":
 *
 *   @@ up RELEASE MACHINE PAGE-SIZE
 *   @@ start NAME
 *   @@ end NAME STATUS SECONDS     (status as a shell has it; 124: too slow)
 *   @@ kernel TEXT                 (a complaint of the kernel meanwhile)
 *   @@ done
 *
 * On the kernel's command line LIMIT=SECONDS is the limit of one program and
 * RUN_AS=UID the user that runs it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const struct {
	const char *type, *where, *options;
} mounts[] = {
	{"proc", "/proc", NULL},
	{"sysfs", "/sys", NULL},
	{"devtmpfs", "/dev", NULL},
	{"devpts", "/dev/pts", "ptmxmode=0666"},
	{"tmpfs", "/dev/shm", "mode=1777"},
	/* Not tmpfs: its files have seals, ordinary ones do not. */
	{"ramfs", "/tmp", "mode=1777"},
	{"securityfs", "/sys/kernel/security", NULL},
};

/* What is not in every kernel may be missing: tests skip with the reason. */
static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		mount(mounts[i].type, mounts[i].where, mounts[i].type, 0,
		      mounts[i].options);
	}
}

static void use_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* The loopback interface, which every machine has, but not from its birth. */
static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

static void each_file(const char *folder, void (*action)(const char *path))
{
	struct dirent **entries;
	char path[512];
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder,
			 entries[i]->d_name);
		action(path);
	}
}

/* Modules that could not be loaded, and why the last one of them. */
static struct {
	int count, before, error;
	char path[512];
} unloaded;

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST) {
		unloaded.count++;
		unloaded.error = errno;
		snprintf(unloaded.path, sizeof(unloaded.path), "%s", path);
	}
	close(fd);
}

/* A module comes after those that it needs: once more as long as that helps. */
static void load_modules(void)
{
	do {
		unloaded.before = unloaded.count;
		unloaded.count = 0;
		each_file("/modules", load_module);
	} while (unloaded.count && unloaded.count != unloaded.before);
	if (unloaded.count)
		printf("@@ kernel %s: %s\n", unloaded.path,
		       strerror(unloaded.error));
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Process 1 also inherits whatever tests leave behind. */
static int wait_for(pid_t pid, double limit)
{
	double end = now() + limit;
	int status;
	pid_t gone;

	for (;;) {
		gone = waitpid(-1, &status, WNOHANG);
		if (gone == pid)
			break;
		if (gone > 0)
			continue;
		if (now() >= end)
			return 124;
		usleep(5000);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static void execute(const char *path)
{
	const char *user = getenv("RUN_AS");
	unsigned int id = user ? (unsigned int)atoi(user) : 0;

	setsid();
	if (setgid(id) < 0 || setuid(id) < 0)
		_exit(126);
	execl(path, path, (char *)NULL);
	_exit(127);
}

static int run(const char *path)
{
	const char *limit = getenv("LIMIT");
	int status;
	pid_t pid = fork();

	if (!pid)
		execute(path);
	status = wait_for(pid, limit ? atof(limit) : 180);
	/* Everything but this process. */
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return status;
}

static void run_test(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	double start = now();
	int status;

	printf("@@ start %s\n", name);
	status = run(path);
	printf("\n@@ end %s %d %.0f\n", name, status, now() - start);
}

/* A library's tests must not upset the kernel. */
static void show_complaints(void)
{
	static char log[1 << 20];
	int length = klogctl(3 /* read all */, log, sizeof(log) - 1);

	if (length < 0)
		return;
	log[length] = '\0';
	for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
		if (strstr(line, "WARNING:") || strstr(line, "BUG:") ||
		    strstr(line, "Oops"))
			printf("@@ kernel %s\n", line);
}

int main(void)
{
	struct utsname name;

	mount_all();
	use_console();
	raise_loopback();
	setenv("PATH", "/bin", 1);
	/* Tests may change what is the whole machine's. */
	setenv("SEALMEM_TEST_MACHINE", "1", 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	uname(&name);
	printf("\n@@ up %s %s %ld\n", name.release, name.machine,
	       sysconf(_SC_PAGESIZE));
	load_modules();
	each_file("/tests", run_test);
	show_complaints();
	puts("@@ done");
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
