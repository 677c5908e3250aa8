// SPDX-License-Identifier: GPL-2.0-only
/*
 * measure N COMMAND... - run COMMAND N times; print milliseconds from start to exit (smallest,
 * median, largest) and the largest resident memory in KiB, as wait4() reports it
 *
 * COMMAND's output goes to /dev/null.  Exit status 1 if COMMAND ever fails.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int run(char **command, double *ms, long *kib)
{
	double start = now_ms();
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execv(command[0], command);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return -1;
	*ms = now_ms() - start;
	*kib = usage.ru_maxrss;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;
	double *ms = calloc(n > 0 ? n : 1, sizeof(*ms));
	long kib, largest = 0;

	if (n < 1 || !ms) {
		fprintf(stderr, "usage: measure N COMMAND...\n");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		if (run(argv + 2, &ms[i], &kib)) {
			fprintf(stderr, "measure: %s failed\n", argv[2]);
			return 1;
		}
		largest = kib > largest ? kib : largest;
	}
	qsort(ms, n, sizeof(*ms), by_value);
	printf("min_ms=%.1f median_ms=%.1f max_ms=%.1f max_rss_kib=%ld\n", ms[0], ms[n / 2],
	       ms[n - 1], largest);
	return 0;
}
