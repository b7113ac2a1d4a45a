/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target on inputs that are kept, with any compiler: the arguments
 * are files, or folders of files; -v before them names each input. A folder
 * that holds something else, a file that cannot be read and a run without a
 * single input are failures, since a runner that skips is a test that passes
 * for nothing.
 *
 * Each input is run four times, so that a target that keeps state shows, each
 * time from a heap block of exactly its size, so that a sanitizer sees the
 * first byte too many.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define TIMES 4

static unsigned int input_count;
static const char *current = "";
static bool is_verbose;

/* What an oracle does when it fails; says on what. */
static void on_abort(int sig)
{
	(void)sig;
	if (write(STDERR_FILENO, current, strlen(current)) > 0 &&
	    write(STDERR_FILENO, ": it was this input\n", 20) > 0)
		signal(SIGABRT, SIG_DFL);
}

__attribute__((noreturn))
static void fail(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s\n", path, why);
	exit(1);
}

/* The size is what could be read, whatever the file system says. */
static uint8_t *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *data = NULL;
	size_t size = 0, got;

	if (!file)
		fail(path, strerror(errno));
	do {
		data = realloc(data, size + 4096);
		if (!data)
			fail(path, "no memory");
		got = fread(data + size, 1, 4096, file);
		size += got;
	} while (got > 0);
	if (ferror(file))
		fail(path, "cannot be read");
	fclose(file);
	*ret_size = size;
	return data;
}

static void run_file(const char *path)
{
	size_t size;
	uint8_t *data = read_file(path, &size), *exact;

	current = path;
	if (is_verbose)
		fprintf(stderr, "%s\n", path);
	for (int i = 0; i < TIMES; i++) {
		exact = malloc(size);
		if (!exact && size > 0)
			fail(path, "no memory");
		if (size > 0)
			memcpy(exact, data, size);
		if (LLVMFuzzerTestOneInput(exact, size) != 0)
			fail(path, "the target did not return 0");
		free(exact);
	}
	free(data);
	input_count++;
}

static void run(const char *path, bool may_be_folder);

static void run_folder(const char *path)
{
	struct dirent **entries;
	char name[4096];
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0)
		fail(path, strerror(errno));
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		if (strcmp(entries[i]->d_name, ".") != 0 &&
		    strcmp(entries[i]->d_name, "..") != 0)
			run(name, false);
		free(entries[i]);
	}
	free(entries);
}

static void run(const char *path, bool may_be_folder)
{
	struct stat st;

	if (stat(path, &st) < 0)
		fail(path, strerror(errno));
	if (S_ISREG(st.st_mode))
		run_file(path);
	else if (S_ISDIR(st.st_mode) && may_be_folder)
		run_folder(path);
	else
		fail(path, "not a file");
}

int main(int argc, char **argv)
{
	int first = argc > 1 && strcmp(argv[1], "-v") == 0 ? 2 : 1;

	is_verbose = first == 2;
	signal(SIGABRT, on_abort);
	for (int i = first; i < argc; i++)
		run(argv[i], true);
	if (input_count == 0)
		fail(argv[0], "no input");
	fprintf(stderr, "%s: %u inputs, %d times each\n", argv[0], input_count,
		TIMES);
	return 0;
}
