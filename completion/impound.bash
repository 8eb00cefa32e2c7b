# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bash completion for impound: commands, options, the words that options take, names of containers.

_impound_containers()
{
	impound list --all --json -q --no-start 2>/dev/null |
		sed 's/{"engine"/\n&/g' | sed -n 's/^.*"name":"\([A-Za-z0-9_.-]*\)".*$/\1/p'
}

_impound()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]-}
	local kinds='engine inspect journal image processes sockets recovered mounts changes network logs events stats files tmpfs index rootfs checkpoint memory volumes binds image-archive'
	local options words=

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'list collect contain journal verify analyze diff timeline sbom keygen help --version --help' -- "$cur")
		return
	fi
	case $command in
	help) words='list collect contain journal verify analyze diff timeline sbom keygen' ;;
	list) options='--all --json --watch --engine --no-start --quiet --verbose --help' ;;
	collect)
		options='--output --profile --with --without --freeze --keep-frozen --if-started --journal --case --operator --note --exhibit --key --key-pass-file --limit --all-running --dry-run --yes --json --progress --engine --no-start --quiet --verbose --help' ;;
	contain)
		options='--network --image --reason --case --operator --collect --freeze --output --key --key-pass-file --bundle --trust --without-evidence --if-started --engine --no-start --journal --stop-on-error --dry-run --yes --json --quiet --verbose --help' ;;
	verify) options='--trust --fingerprint --seal --json --quiet --verbose --help' ;;
	analyze) options='--brief --fail-on --format --json --known-bad --known-good --output --trust --even-if-tampered --show-secrets --quiet --verbose --help' ;;
	diff) options='--image --ref --rootfs --only --path --stat --json --trust --even-if-tampered --no-cache --quiet --verbose --help' ;;
	timeline) options='--format --json --since --until --all --output --trust --even-if-tampered --show-secrets --quiet --verbose --help' ;;
	journal) options='--journal --case --head --json --help' ;;
	sbom) options='--rootfs --format --output --verify --json --trust --even-if-tampered --quiet --verbose --help' ;;
	keygen) options='--output --pass-file --json --help' ;;
	*) return ;;
	esac
	case $prev in
	--profile | --collect) words='triage standard full' ;;
	--format)
		words='text json sarif'
		[ "$command" = timeline ] && words='text jsonl bodyfile'
		[ "$command" = sbom ] && words='cyclonedx spdx' ;;
	--fail-on) words='info low medium high critical' ;;
	--progress) words='auto bar json none' ;;
	--engine) words='docker podman unix:// tcp://' ;;
	--with | --without)
		# A list: what stands before the last comma stays.
		local before=${cur%"${cur##*,}"}
		mapfile -t COMPREPLY < <(compgen -P "$before" -W "$kinds" -- "${cur##*,}")
		compopt -o nospace
		return ;;
	-o | --output | --journal | --trust | --known-bad | --known-good | --image | --bundle | --rootfs | --key | --key-pass-file | --pass-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames
		return ;;
	--only) words='added deleted type content metadata touched mtime' ;;
	--case | --operator | --note | --exhibit | --limit | --head | --if-started | --fingerprint | --seal | --ref | --path | --network | --reason | --without-evidence) return ;;
	*)
		case $cur in
		-*) words=$options ;;
		*)
			case $command in
			collect) words=$(_impound_containers) ;;
			contain)
				words=$(_impound_containers)
				[ "$COMP_CWORD" -ne 2 ] ||
					words='pause unpause disconnect reconnect isolate commit stop kill remove status undo' ;;
			journal) words="show verify $(_impound_containers)" ;;
			verify | analyze | diff | timeline | sbom)
				mapfile -t COMPREPLY < <(compgen -d -- "$cur")
				compopt -o filenames
				return ;;
			esac ;;
		esac ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _impound impound
