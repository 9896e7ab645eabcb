package main
import ("os";"strconv";"fmt";"github.com/ficus-dev/ficus/analyze/scale")
func main(){ n,_:=strconv.Atoi(os.Args[2]); fmt.Println(scale.Write(os.Args[1], scale.Options{Lines:n,Seed:1})) }
