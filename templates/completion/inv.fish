# Completes `inv` and `./inv` with this stack's task names and options.
function __unstuck_inv
    set -l tokens (commandline --tokenize --cut-at-cursor) (commandline --current-token)
    # The program that is being typed answers, so each checkout completes its own.
    $tokens[1] --complete -- inv $tokens[2..-1] 2>/dev/null
end
complete --command inv --no-files --arguments '(__unstuck_inv)'
complete --command ./inv --no-files --arguments '(__unstuck_inv)'
