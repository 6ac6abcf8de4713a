#compdef inv ./inv
# Completes `inv` and `./inv` with this stack's task names and options.
_unstuck_inv() {
    local -a candidates
    # The program that is being typed answers, so each checkout completes its own.
    candidates=("${(@f)$(${words[1]} --complete -- inv ${words[2,CURRENT]} 2>/dev/null)}")
    compadd -a candidates || _files
}
if [ "$funcstack[1]" = "_inv" ]; then
    _unstuck_inv "$@"
else
    compdef _unstuck_inv inv ./inv
fi
